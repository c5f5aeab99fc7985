//! The objects of a JSON file one at a time, whatever envelope they are in and however many they are.

use std::{
    cell::{Cell, RefCell},
    fmt,
    io::BufRead as _,
    ops::ControlFlow,
    path::Path,
};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    letters::{self, Budget},
    refused::Refused,
};

/// An object of a list, by key.
pub type Row = Map<String, Value>;

/// What takes rows, until it has enough.
pub type Taker<'a> = dyn FnMut(Row) -> Result<ControlFlow<()>, Refused> + 'a;

/// What a page says of those after it.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The address of the next page.
    pub next: Option<String>,
    /// That nobody wanted the rest.
    pub stopped: bool,
}

/// Gives each object of the file to `take`.
///
/// # Errors
/// Where the file is no JSON, is cut off, or tells of an error instead of items.
pub fn each(path: &Path, name: &str, take: &mut Taker<'_>) -> Result<Page, Refused> {
    let (mut letters, budget) = letters::open(path, name)?;
    let head = letters.fill_buf().map_err(|error| Refused::file(name, error))?;
    let head = String::from_utf8_lossy(&head[..head.len().min(4096)]).into_owned();
    if head.trim().is_empty() {
        return Err(Refused::file(name, "it is empty. Export this file again"));
    }
    let reading = Reading {
        take: RefCell::new(take),
        refused: RefCell::default(),
        page: RefCell::default(),
        budget,
        found: Cell::default(),
    };
    let mut json = serde_json::Deserializer::from_reader(letters);
    let outcome = Envelope(&reading).deserialize(&mut json).and_then(|()| json.end());
    let Reading { refused, page, found, .. } = reading;
    let page = page.into_inner();
    match (outcome, refused.into_inner()) {
        (_, Some(refused)) => Err(refused),
        (Err(_), None) if page.stopped => Ok(page),
        (Err(error), None) => Err(Refused::file(name, letters::not_json(&head, &error))),
        (Ok(()), None) if !found.get() => {
            Err(Refused::file(name, "it holds no items: neither \"value\" nor \"d\" nor an array"))
        }
        (Ok(()), None) => Ok(page),
    }
}

struct Reading<'a, 'b> {
    take: RefCell<&'a mut Taker<'b>>,
    refused: RefCell<Option<Refused>>,
    page: RefCell<Page>,
    budget: Budget,
    found: Cell<bool>,
}

impl Reading<'_, '_> {
    /// Stops the reading; what is said is in `refused` or `page`.
    fn stop<E: serde::de::Error>(&self, refused: Option<Refused>) -> E {
        match refused {
            Some(refused) => *self.refused.borrow_mut() = Some(refused),
            None => self.page.borrow_mut().stopped = true,
        }
        E::custom("stopped")
    }
}

/// An array of rows, or an object around it.
#[derive(Clone, Copy)]
struct Envelope<'a, 'b, 'c>(&'a Reading<'b, 'c>);

impl<'de> DeserializeSeed<'de> for Envelope<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Envelope<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an array of items, or an object with one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        self.0.found.set(true);
        self.0.budget.renew();
        while let Some(row) = rows.next_element::<Value>()? {
            self.0.budget.renew();
            let Value::Object(row) = row else {
                return Err(A::Error::custom("a member of the list is no object"));
            };
            match (self.0.take.borrow_mut())(row) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Err(self.0.stop(None)),
                Err(refused) => return Err(self.0.stop(Some(refused))),
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "value" | "d" | "results" => object.next_value_seed(self)?,
                "odata.nextLink" | "@odata.nextLink" | "__next" => {
                    self.0.page.borrow_mut().next = object.next_value::<Option<String>>()?;
                }
                "error" | "odata.error" => {
                    let error: Value = object.next_value()?;
                    let said: String = error.to_string().chars().take(300).collect();
                    return Err(self
                        .0
                        .stop(Some(Refused(format!("the server's error was saved in place of items: {said}")))));
                }
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
