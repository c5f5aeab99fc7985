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

/// The mailbox of a thread.
#[derive(Clone)]
pub(super) struct Mailbox(UnboundedSender<Vec<Decided>>);

/// A place at a mailbox, where one view is waited for. Dropped without an answer where the view could not be counted.
pub(super) struct Place {
    mailbox: Mailbox,
    answer: oneshot::Sender<Decision>,
}

impl Mailbox {
    /// A mailbox for the thread that calls this, which runs async tasks. It is open while it is referred to.
    pub fn open() -> Self {
        let (mailbox, mut messages) = unbounded_channel::<Vec<Decided>>();
        actix_web::rt::spawn(async move {
            while let Some(decided) = messages.recv().await {
                for (answer, decision) in decided {
                    // Whoever does not wait any more was told that it may be counted yet.
                    let _ = answer.send(decision);
                }
            }
        });
        Self(mailbox)
    }

    /// A place for one view, and where its answer comes.
    pub fn place(&self) -> (Place, oneshot::Receiver<Decision>) {
        let (answer, waiting) = oneshot::channel();
        (Place { mailbox: self.clone(), answer }, waiting)
    }
}

impl Place {
    /// Whether somebody waits here still.
    pub fn is_taken(&self) -> bool {
        !self.answer.is_closed()
    }
}

/// Decisions to be sent, by mailbox. They are when this is dropped.
#[derive(Default)]
pub(super) struct Decisions(Vec<(Mailbox, Vec<Decided>)>);

impl Decisions {
    /// Adds what became of the view that is waited for at this place.
    pub fn add(&mut self, place: Place, decision: Decision) {
        let decided = (place.answer, decision);
        // There are as many mailboxes as cores at most.
        match self.0.iter_mut().find(|(mailbox, _)| mailbox.0.same_channel(&place.mailbox.0)) {
            Some((_, all)) => all.push(decided),
            None => self.0.push((place.mailbox, vec![decided])),
        }
    }
}

impl Drop for Decisions {
    fn drop(&mut self) {
        for (mailbox, decided) in self.0.drain(..) {
            // The thread may be gone.
            let _ = mailbox.0.send(decided);
        }
    }
}
