//! The pace of bodies: one that comes so slowly that it only holds a connection is given up.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use actix_web::{dev::Payload, error::PayloadError};
use futures_util::{StreamExt, stream::unfold};

/// How long a body may take whatever its size: a few packets over a bad network.
pub const GRACE: Duration = Duration::from_secs(10);
/// The same where whoever sends it is signed in, and it may be a large file from a phone.
pub const GRACE_SIGNED_IN: Duration = Duration::from_secs(60);
/// What is sent at this pace, in bytes a second, is never too slow.
const PACE: u64 = 4096;

/// The same body, which fails where it comes too slowly: it has the grace, and a second more for every 4 KiB that came.
pub fn paced(body: Payload, grace: Duration) -> Payload {
    let begun = Instant::now();
    let chunks = unfold((body, 0), move |(mut body, received)| async move {
        let deadline = begun + grace + Duration::from_millis(received * 1000 / PACE);
        let chunk = match tokio::time::timeout_at(deadline.into(), body.next()).await {
            Ok(chunk) => chunk?,
            Err(_) => Err(PayloadError::Io(ErrorKind::TimedOut.into())),
        };
        let received = received + chunk.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Some((chunk, (body, received)))
    });
    // Some readers ask once more behind the end.
    Payload::Stream { payload: Box::pin(chunks.fuse()) }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Bytes;

    use super::*;

    /// What becomes of ten chunks of this size, one each 100 ms, with 300 ms of grace.
    async fn sent(size: usize) -> Result<usize, PayloadError> {
        let chunks = unfold(0, move |sent| async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            (sent < 10).then(|| (Ok(Bytes::from(vec![0; size])), sent + 1))
        });
        let body: Payload = Payload::Stream { payload: Box::pin(chunks) };
        let mut body = paced(body, Duration::from_millis(300));
        let mut received = 0;
        while let Some(chunk) = body.next().await {
            received += chunk?.len();
        }
        Ok(received)
    }

    #[actix_web::test]
    async fn a_body_that_trickles_is_given_up_and_one_that_comes_on_is_not() {
        assert!(matches!(sent(1).await, Err(PayloadError::Io(error)) if error.kind() == ErrorKind::TimedOut));
        assert_eq!(sent(4096).await.expect("whole"), 40_960);
    }
}
