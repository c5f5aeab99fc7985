//! Where a worker thread hears what became of the views that it sent. All that a commit decides for it comes in one
//! message: to wake a thread is dear, and from there on the answers are a matter among its own tasks.

use tokio::sync::{
    mpsc::{UnboundedSender, unbounded_channel},
    oneshot,
};

use super::tally::Outcome;

/// Why a view was not counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    /// The database is out of reach or too slow.
    Unavailable,
    /// It has no space left.
    StorageFull,
}

/// What became of a view.
pub(super) type Decision = Result<Outcome, Refusal>;

type Decided = (oneshot::Sender<Decision>, Decision);

/// The desk of a thread.
#[derive(Clone)]
pub(super) struct Desk(UnboundedSender<Vec<Decided>>);

/// A place at a desk, where one view is waited for. Dropped without an answer where the view could not be counted.
pub(super) struct Place {
    desk: Desk,
    answer: oneshot::Sender<Decision>,
}

impl Desk {
    /// A desk for the thread that calls this, which runs async tasks. It is open while it is referred to.
    pub fn open() -> Self {
        let (desk, mut messages) = unbounded_channel::<Vec<Decided>>();
        actix_web::rt::spawn(async move {
            while let Some(decided) = messages.recv().await {
                for (answer, decision) in decided {
                    // Whoever does not wait any more was told that it may be counted yet.
                    let _ = answer.send(decision);
                }
            }
        });
        Self(desk)
    }

    /// A place for one view, and where its answer comes.
    pub fn place(&self) -> (Place, oneshot::Receiver<Decision>) {
        let (answer, waiting) = oneshot::channel();
        (Place { desk: self.clone(), answer }, waiting)
    }
}

impl Place {
    /// Whether somebody waits here still.
    pub fn is_taken(&self) -> bool {
        !self.answer.is_closed()
    }
}

/// Decisions to be sent, by desk. They are when this is dropped.
#[derive(Default)]
pub(super) struct Decisions(Vec<(Desk, Vec<Decided>)>);

impl Decisions {
    /// Adds what became of the view that is waited for at this place.
    pub fn add(&mut self, place: Place, decision: Decision) {
        let decided = (place.answer, decision);
        // There are as many desks as cores at most.
        match self.0.iter_mut().find(|(desk, _)| desk.0.same_channel(&place.desk.0)) {
            Some((_, all)) => all.push(decided),
            None => self.0.push((place.desk, vec![decided])),
        }
    }
}

impl Drop for Decisions {
    fn drop(&mut self) {
        for (desk, decided) in self.0.drain(..) {
            // The thread may be gone.
            let _ = desk.0.send(decided);
        }
    }
}
