//! Reads which file of a crate imports what from which other, out of the text of its sources: from `lib.rs` along the
//! `mod` declarations, without what is there for tests only.
//!
//! An import is whatever names something of another file: a `use`, a path in the code, also in attributes and in the
//! tokens of macros. It leads to the file in which the thing is defined, through the re-exports on the way. A folder
//! that is imported by its name (`use crate::media;`) is left to the paths that go through it (`media::uses::publish`).
//! What is used without being named (a method, the type of a field) is not seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, mem,
    path::{Path, PathBuf},
    slice,
};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{
    Attribute, ImplItemFn, Item, ItemMod, ItemUse, Lit, Macro, Meta, MetaList, UseTree, Visibility,
    visit::{self, Visit},
};

/// How many re-exports are followed.
const STEPS: usize = 8;

/// The imports between what lies in one folder, each arrow with one import that makes it.
pub type Floor = BTreeMap<(String, String), String>;

/// The modules of the crate by their paths, without `crate`.
pub struct Code {
    src: PathBuf,
    modules: BTreeMap<Vec<String>, Module>,
}

#[derive(Clone, Default)]
struct Module {
    file: String,
    /// Its folders, then what it is in the last of them: the name without `.rs`, or all of it if it heads the folder.
    place: Vec<String>,
    items: BTreeSet<String>,
    uses: Vec<Use>,
    paths: BTreeSet<Vec<String>>,
}

#[derive(Clone)]
struct Use {
    path: Vec<String>,
    /// `*` for all that is there.
    alias: String,
    exported: bool,
}

/// What a path leads to: a whole module, or something that is defined in it.
struct Target {
    module: Vec<String>,
    whole: bool,
}

impl Code {
    pub fn read(src: &Path) -> Self {
        let mut code = Self { src: src.to_owned(), modules: BTreeMap::new() };
        code.load(Vec::new());
        code
    }

    fn load(&mut self, path: Vec<String>) {
        let name = if path.is_empty() { "lib".to_owned() } else { path.join("/") };
        let candidates = [format!("{name}.rs"), format!("{name}/mod.rs")];
        let file = candidates.into_iter().find(|file| self.src.join(file).is_file());
        let file = file.unwrap_or_else(|| panic!("the module {name} has no file"));
        let text = fs::read_to_string(self.src.join(&file)).expect(&file);
        let parsed = syn::parse_file(&text).expect(&file);
        let mut place = path.clone();
        let declares = |item: &Item| matches!(item, Item::Mod(it) if it.content.is_none() && !for_tests(&it.attrs));
        if path.is_empty() || parsed.items.iter().any(declares) {
            place.extend(file.rsplit('/').next().map(str::to_owned));
        }
        self.modules.insert(path.clone(), Module { file: format!("src/{file}"), place, ..Module::default() });
        Reader { code: self, module: path }.visit_file(&parsed);
    }

    /// For each folder, by its path in `src/`, what imports what in it.
    pub fn floors(&self) -> BTreeMap<String, Floor> {
        let mut floors: BTreeMap<String, Floor> = BTreeMap::new();
        for (path, module) in &self.modules {
            for (target, import) in self.imports(path, module) {
                let (from, to) = (&module.place, &target.place);
                let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
                if let (Some(from), Some(to)) = (from.get(shared), to.get(shared)) {
                    let floor = floors.entry(module.place[..shared].join("/")).or_default();
                    let import = || format!("{}: {}", module.file, import.join("::"));
                    floor.entry((from.clone(), to.clone())).or_insert_with(import);
                }
            }
        }
        floors
    }

    /// What this module imports, and in which words.
    fn imports(&self, path: &[String], module: &Module) -> Vec<(&Module, Vec<String>)> {
        let mut imports = Vec::new();
        for used in &module.uses {
            let Some(Target { module: target, whole }) = self.resolve(path, &used.path, STEPS) else { continue };
            let target = &self.modules[&target];
            let folder = &module.place[..module.place.len() - 1];
            let again = used.exported && module.heads_folder() && target.place.starts_with(folder);
            let mut paths = module.uses.iter().map(|used| &used.path).chain(&module.paths);
            let opened = whole && target.heads_folder() && paths.any(|path| path.len() > 1 && path[0] == used.alias);
            if !again && !opened {
                imports.push((target, used.path.clone()));
            }
        }
        for named in &module.paths {
            // Outside a `use`, what looks like the name of a module is a variable's.
            if let Some(Target { module: target, whole: false }) = self.resolve(path, named, STEPS) {
                let start = module.uses.iter().find(|used| used.alias == named[0]);
                let start = start.map_or(&named[..1], |used| &used.path);
                imports.push((&self.modules[&target], [start, &named[1..]].concat()));
            }
        }
        imports
    }

    /// Where this path leads to from that module, unless out of the crate.
    fn resolve(&self, from: &[String], path: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let mut module = from.to_vec();
        for (at, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" => module.clear(),
                "self" => {}
                "super" => drop(module.pop()),
                _ => {
                    let child = [&module, slice::from_ref(name)].concat();
                    if !self.modules.contains_key(&child) {
                        let found = self.look_up(&module, &path[at..], steps);
                        // What a macro makes is in the module although no item there says so.
                        return found.or_else(|| (at > 0).then_some(Target { module, whole: false }));
                    }
                    module = child;
                }
            }
        }
        Some(Target { module, whole: true })
    }

    /// The first of these names among what the module defines or imports.
    fn look_up(&self, module: &[String], path: &[String], steps: usize) -> Option<Target> {
        let Module { items, uses, .. } = &self.modules[module];
        if items.contains(&path[0]) {
            return Some(Target { module: module.to_vec(), whole: false });
        }
        if let Some(used) = uses.iter().find(|used| used.alias == path[0]) {
            return self.resolve(module, &[&used.path, &path[1..]].concat(), steps);
        }
        // A glob hardly ever goes through another; with all the steps for each, many would multiply.
        uses.iter().filter(|used| used.alias == "*").find_map(|used| {
            let all = self.resolve(module, &used.path, steps.min(2)).filter(|all| all.whole)?;
            self.resolve(&all.module, path, steps)
        })
    }
}

impl Module {
    /// Whether it is the `mod.rs` of a folder, by whichever name.
    fn heads_folder(&self) -> bool {
        self.place.last().is_some_and(|node| node.ends_with(".rs"))
    }
}

/// Reads a file into the module that it is.
struct Reader<'a> {
    code: &'a mut Code,
    module: Vec<String>,
}

impl Reader<'_> {
    fn here(&mut self) -> &mut Module {
        self.code.modules.entry(self.module.clone()).or_default()
    }

    /// Notes a path that the code names.
    fn name(&mut self, path: Vec<String>) {
        if !matches!(path.last().map_or("self", String::as_str), "crate" | "self" | "super") {
            self.here().paths.insert(path);
        }
    }

    /// Notes what may be a path among tokens that only a macro understands.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Vec::new();
        let mut between = String::new();
        for token in tokens {
            match token {
                TokenTree::Punct(mark) => between.push(mark.as_char()),
                TokenTree::Ident(name) => {
                    if between != "::" {
                        self.name(mem::take(&mut path));
                    }
                    // A field or a method is none of the module's names.
                    if !between.ends_with('.') || between.ends_with("..") {
                        path.push(name.to_string());
                    }
                    between.clear();
                }
                TokenTree::Group(group) => {
                    between.push(' ');
                    self.tokens(group.stream());
                }
                TokenTree::Literal(literal) => {
                    between.push(' ');
                    if let Lit::Str(text) = Lit::new(literal)
                        && let Ok(path) = text.parse::<syn::Path>()
                        && path.segments.len() > 1
                    {
                        self.visit_path(&path);
                    }
                }
            }
        }
        self.name(path);
    }

    /// Notes each name that a `use` brings in.
    fn leaves(&mut self, tree: &UseTree, before: &[String], exported: bool) {
        let with = |name: &Ident| [before, &[name.to_string()]].concat();
        let (mut path, mut alias) = match tree {
            UseTree::Path(tree) => return self.leaves(&tree.tree, &with(&tree.ident), exported),
            UseTree::Group(group) => return group.items.iter().for_each(|it| self.leaves(it, before, exported)),
            UseTree::Glob(_) => (before.to_vec(), "*".to_owned()),
            UseTree::Name(name) => (with(&name.ident), name.ident.to_string()),
            UseTree::Rename(name) => (with(&name.ident), name.rename.to_string()),
        };
        path.pop_if(|last| last == "self" && !before.is_empty());
        if alias == "self" {
            alias = path.last().cloned().unwrap_or_default();
        }
        self.here().uses.push(Use { path, alias, exported });
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (name, attributes) = described(item);
        if for_tests(attributes) {
            return;
        }
        if let Some(name) = name.map(Ident::to_string) {
            if attributes.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                let path = [&["crate".to_owned()], &self.module[..], slice::from_ref(&name)].concat();
                let root = self.code.modules.entry(Vec::new()).or_default();
                root.uses.push(Use { path, alias: name.clone(), exported: true });
            }
            self.here().items.insert(name);
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        if item.content.is_some() {
            let outside = &self.code.modules[&self.module[..self.module.len() - 1]];
            let inside = Module { file: outside.file.clone(), place: outside.place.clone(), ..Module::default() };
            self.code.modules.insert(self.module.clone(), inside);
            visit::visit_item_mod(self, item);
        } else {
            self.code.load(self.module.clone());
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.leaves(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.name(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_meta_list(&mut self, list: &'ast MetaList) {
        self.tokens(list.tokens.clone());
    }

    /// `pub(in …)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// The name that an item gives to something, and its attributes.
fn described(item: &Item) -> (Option<&Ident>, &[Attribute]) {
    match item {
        Item::Const(item) => (Some(&item.ident), &item.attrs),
        Item::Enum(item) => (Some(&item.ident), &item.attrs),
        Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
        Item::Impl(item) => (None, &item.attrs),
        Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
        Item::Mod(item) => (None, &item.attrs),
        Item::Static(item) => (Some(&item.ident), &item.attrs),
        Item::Struct(item) => (Some(&item.ident), &item.attrs),
        Item::Trait(item) => (Some(&item.ident), &item.attrs),
        Item::Type(item) => (Some(&item.ident), &item.attrs),
        Item::Union(item) => (Some(&item.ident), &item.attrs),
        Item::Use(item) => (None, &item.attrs),
        _ => (None, &[]),
    }
}

/// Whether `#[cfg(test)]` is among them.
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}
