//! What happened to each article: who wrote what, who approved and published it, and when.

use chrono::{DateTime, Duration, NaiveTime, TimeZone, Utc};
use uuid::Uuid;

use super::{
    article::{Assignment, Writer},
    cast::Cast,
    dice::Dice,
    fate::Fate,
    plan::Plan,
};
use crate::{
    access::Role,
    bulk::story::{Action, Story, What},
    calendar::local,
    content::Content,
    newsroom::Transition,
};

/// An article that awaits its translation.
struct Original {
    id: Uuid,
    published: DateTime<Utc>,
    category: usize,
    author: Option<Uuid>,
    translation: Uuid,
}

/// The stories of a corpus, in order of publication but for those that never were.
pub struct Stories<'a> {
    plan: Plan,
    cast: &'a Cast,
    dice: Dice,
    number: u32,
    writer: Writer<'a>,
    reporters: Vec<Uuid>,
    editors: Vec<Uuid>,
    approvers: Vec<Uuid>,
    original: Option<Original>,
}

impl<'a> Stories<'a> {
    /// The stories of a plan.
    pub fn new(plan: Plan, cast: &'a Cast) -> Self {
        Self {
            plan,
            cast,
            dice: Dice::new(plan.seed.rotate_left(32) ^ u64::from(plan.articles)),
            number: 0,
            writer: Writer::new(plan, cast),
            reporters: cast.who(Role::Author),
            editors: cast.who(Role::Editor),
            approvers: cast.who(Role::Approver),
            original: None,
        }
    }

    /// When the article of this number was finished. Their number grows year by year: the square root is what makes it
    /// so, and is exact on every machine.
    fn moment(&mut self, fate: Fate) -> DateTime<Utc> {
        let (since, end) = (self.plan.since(), self.plan.until - Duration::days(2));
        if fate.is_recent() {
            return self.plan.until - self.dice.minutes(180, 60 * 24 * 60);
        }
        let share = (f64::from(self.number) + 0.5) / f64::from(self.plan.articles);
        #[expect(clippy::cast_possible_truncation, reason = "fifteen years of seconds")]
        let seconds = ((end - since).num_seconds() as f64 * share.sqrt()) as i64;
        let mut moment = since + Duration::seconds(seconds);
        // What comes of these comes within a hundred days.
        if matches!(fate, Fate::Withdrawn | Fate::Expired | Fate::Edited) {
            moment = moment.min(end - Duration::days(100));
        }
        // In office hours of that day.
        let day = local(moment).date_naive().and_time(NaiveTime::MIN);
        let start = local(moment).timezone().from_local_datetime(&day).earliest();
        start.map_or(moment, |start| start.to_utc()) + self.dice.minutes(7 * 60, 17 * 60 + 30)
    }

    fn story(&mut self) -> Story {
        let fate = Fate::of(self.number);
        let at = self.moment(fate);
        let created = at - self.dice.minutes(180, 60 * 60);
        let id = self.dice.id(created);
        let category = self.writer.category(&mut self.dice);
        let assignment = Assignment { number: self.number, category, created, at, fate };
        let content = self.writer.article(&mut self.dice, &assignment);
        let author = *self.dice.pick(&self.reporters);
        // One in a hundred is translated. The number is one of those that are live.
        let translated = self.number % 100 == 56 && self.number + 1 < self.plan.articles;
        if translated {
            let translation = self.dice.id(at + Duration::hours(1));
            self.original = Some(Original { id, published: at, category, author: content.author, translation });
        }
        let mut actions = vec![Action { at: created, who: author, what: What::Write(Box::new(content.clone())) }];
        match fate {
            Fate::Draft => {}
            Fate::Trashed => actions.push(Action { at, who: author, what: What::Delete }),
            Fate::Pending => actions.push(step(at, author, Transition::Submit)),
            Fate::Rejected => {
                actions.push(step(created + (at - created) / 2, author, Transition::Submit));
                let reason = self.writer.rejection(&mut self.dice, category, at);
                let who = *self.dice.pick(&self.approvers);
                actions.push(Action { at, who, what: What::Step(Transition::Reject, Some(reason)) });
            }
            Fate::Approved => self.review(&mut actions, author, created, at),
            _ => self.publish(&mut actions, fate, author, created, at),
        }
        let last = self.after(&mut actions, fate, translated, at, content);
        if matches!(fate, Fate::Live | Fate::Edited) {
            self.writer.remember(category, id, last);
        }
        let views = if fate.is_recent() { 0 } else { self.views() };
        Story { id, actions, views, created: None, legacy_list: None }
    }

    /// Submitted and approved between the two moments.
    fn review(&mut self, actions: &mut Vec<Action>, author: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) {
        actions.push(step(from + (to - from) / 2, author, Transition::Submit));
        let comment = self.dice.chance(20).then(|| self.dice.pick(&self.cast.words.common.approvals).clone());
        let who = *self.dice.pick(&self.approvers);
        let what = What::Step(Transition::Approve, comment);
        actions.push(Action { at: from + (to - from) * 3 / 4, who, what });
    }

    fn publish(&mut self, actions: &mut Vec<Action>, fate: Fate, author: Uuid, from: DateTime<Utc>, at: DateTime<Utc>) {
        self.review(actions, author, from, at);
        let ahead = Duration::days(10 * 365) + self.dice.minutes(0, 30 * 24 * 60);
        let publish_at = (fate == Fate::Scheduled).then(|| self.plan.until + ahead);
        let expires_at = (fate == Fate::Expired).then(|| at + Duration::days(i64::from(self.dice.between(14, 60))));
        let who = *self.dice.pick(&self.approvers);
        actions.push(Action { at, who, what: What::Publish { id: self.dice.id(at), publish_at, expires_at } });
    }

    /// What happened once the article was public, and when the last of it did.
    fn after(
        &mut self,
        actions: &mut Vec<Action>,
        fate: Fate,
        translated: bool,
        published: DateTime<Utc>,
        mut content: Content,
    ) -> DateTime<Utc> {
        let later = if translated { Duration::hours(6) } else { self.dice.minutes(60, 20 * 24 * 60) };
        let (at, end) = (published + later, published + later + Duration::hours(1));
        let revised = fate == Fate::Edited || fate == Fate::Live && (translated || self.dice.chance(12));
        if fate == Fate::Withdrawn {
            let who = *self.dice.pick(&self.approvers);
            actions.push(step(at, who, Transition::Unpublish));
        }
        if !revised || end >= self.plan.until {
            return published;
        }
        let editor = *self.dice.pick(&self.editors);
        if let Some(body) = &mut content.body {
            body.push_str(&format!("\n<p><em>Cập nhật lúc {}.</em></p>", local(at).format("%H:%M, %-d/%-m/%Y")));
        } else {
            content.plain.page_count += 1;
        }
        content.translations.extend(self.original.as_ref().filter(|_| translated).map(|original| original.translation));
        actions.push(Action { at, who: editor, what: What::Write(Box::new(content)) });
        if fate == Fate::Edited {
            return published;
        }
        self.publish(actions, fate, editor, at, end);
        end
    }

    /// The English version of an article that was published a moment ago.
    fn translation(&mut self, of: &Original) -> Story {
        let (created, at) = (of.published + Duration::hours(1), of.published + Duration::hours(4));
        let content = self.writer.translation(&mut self.dice, of.id, of.category, of.author, at);
        let author = *self.dice.pick(&self.reporters);
        let mut actions = vec![Action { at: created, who: author, what: What::Write(Box::new(content)) }];
        self.publish(&mut actions, Fate::Live, author, created, at);
        Story { id: of.translation, actions, views: self.views(), created: None, legacy_list: None }
    }

    /// Zipf's law again: the most read article of a hundred thousand has two million readers, half of them forty.
    fn views(&mut self) -> i64 {
        let rank = self.dice.between(1, self.plan.articles);
        i64::from(self.plan.articles) * 20 / i64::from(rank)
    }
}

impl Iterator for Stories<'_> {
    type Item = Story;

    fn next(&mut self) -> Option<Story> {
        if self.number == self.plan.articles {
            return None;
        }
        let story = match self.original.take() {
            Some(original) => self.translation(&original),
            None => self.story(),
        };
        self.number += 1;
        Some(story)
    }
}

fn step(at: DateTime<Utc>, who: Uuid, step: Transition) -> Action {
    Action { at, who, what: What::Step(step, None) }
}
