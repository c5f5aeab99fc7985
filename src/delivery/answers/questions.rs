//! Who waits for the database to be asked.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long who has written waits for the question whether others will see it.
const WRITERS_WAIT: Duration = Duration::from_millis(300);

/// Who wants to know.
#[derive(Default)]
pub struct Questions {
    numbers: Mutex<Numbers>,
    /// Told of each question, and of each answer.
    news: Condvar,
}

/// Questions, counted from the start.
#[derive(Default)]
struct Numbers {
    /// The last that came.
    asked: u64,
    /// The last that was put to the database, with all before it, and answered or not.
    done: u64,
}

impl Questions {
    /// Has the database asked and waits for the answer, but not for long: false where it did not come.
    pub fn ask(&self) -> bool {
        let mut numbers = self.numbers();
        numbers.asked += 1;
        let mine = numbers.asked;
        self.news.notify_all();
        let waited = self.news.wait_timeout_while(numbers, WRITERS_WAIT, |numbers| numbers.done < mine);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Has the database asked, and goes on.
    pub fn hurry(&self) {
        self.numbers().asked += 1;
        self.news.notify_all();
    }

    /// The last question that came, and whether any is open.
    pub fn open(&self) -> (u64, bool) {
        let numbers = self.numbers();
        (numbers.asked, numbers.done < numbers.asked)
    }

    /// All questions up to this one are done.
    pub fn done(&self, asked: u64) {
        self.numbers().done = asked;
        self.news.notify_all();
    }

    /// Sleeps, unless somebody wants to know.
    pub fn sleep(&self, time: Duration) {
        let slept = self.news.wait_timeout_while(self.numbers(), time, |numbers| numbers.done == numbers.asked);
        drop(slept);
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
