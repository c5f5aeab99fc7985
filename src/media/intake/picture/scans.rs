//! What the frame and the scans of a JPEG say of it (ITU-T T.81, B.2.2 and B.2.3): of what kind it is, and whether all of
//! its scans are there.

use std::collections::BTreeSet;

/// Progressive, with Huffman codes.
const PROGRESSIVE: u8 = 0xC2;

/// The last of the coefficients of a block.
const LAST: u8 = 63;

/// What a channel needs to be whole: its means, and what its blocks show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Means,
    Details,
}

/// What was said so far.
#[derive(Default)]
pub(super) struct Scans {
    /// How many there were.
    pub(super) count: usize,
    sequential: bool,
    oddly_sampled: bool,
    missing: BTreeSet<(u8, Part)>,
}

impl Scans {
    /// A segment that may be the header of a frame.
    pub(super) fn note_segment(&mut self, marker: u8, content: &[u8]) {
        if !matches!(marker, 0xC0..=PROGRESSIVE) {
            return;
        }
        self.sequential = marker != PROGRESSIVE;
        // Of each channel a name, its sampling, its table.
        let channels = || content.get(6..).unwrap_or_default().chunks_exact(3);
        self.missing = channels().flat_map(|it| [(it[0], Part::Means), (it[0], Part::Details)]).collect();
        let samplings: Vec<u8> = channels().map(|it| it[1]).collect();
        // Cameras and editors sample light by ones or twos, colours by one.
        self.oddly_sampled =
            matches!(samplings[..], [_, _, _]) && !matches!(samplings[..], [0x11 | 0x12 | 0x21 | 0x22, 0x11, 0x11]);
    }

    /// The header of a scan: which channels it is of, and of progressive ones which coefficients, how exactly.
    pub(super) fn note_scan(&mut self, header: &[u8]) {
        self.count += 1;
        let Some((&count, rest)) = header.split_first() else { return };
        let Some((channels, &[first, last, exact])) = rest.split_at_checked(2 * usize::from(count)) else { return };
        let is_exact = exact & 0x0F == 0;
        for channel in channels.chunks_exact(2) {
            if self.sequential || (first == 0 && is_exact) {
                self.missing.remove(&(channel[0], Part::Means));
            }
            if self.sequential || (last == LAST && is_exact) {
                self.missing.remove(&(channel[0], Part::Details));
            }
        }
    }

    /// Whether there was all of it. Progressive ones may end before they are exact, if they say that they end.
    pub(super) fn are_all(&self, has_end: bool) -> bool {
        self.count > 0 && (self.missing.is_empty() || (has_end && !self.sequential))
    }

    /// Whether they are of a kind that zune-jpeg 0.5.15, our first decoder, gets wrong and says nothing: a scan for each
    /// channel without being progressive, which becomes stripes of green
    /// (<https://github.com/etemesi254/zune-image/issues/422>), or colours at a quarter, of which a part becomes nothing.
    pub(super) fn are_unusual(&self) -> bool {
        (self.count > 1 && self.sequential) || self.oddly_sampled
    }
}
