//! The media storage, the same over a folder and over S3.

use std::{convert::Infallible, fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tintuc::{
    media::storage::{Area, Digest, Kept, Key, ReceiveError, Received, Storage, StorageError, Verdict},
    settings::location::Location,
};

use super::support::place::Place;

const MIB: usize = 1024 * 1024;

/// Runs each test over both backends.
macro_rules! over_both {
    ($($test:ident),* $(,)?) => {
        mod folder { $(#[tokio::test] async fn $test() { super::$test(super::Place::folder().await).await; })* }
        mod bucket { $(#[tokio::test] async fn $test() { super::$test(super::Place::bucket().await).await; })* }
    };
}

over_both!(
    what_is_kept_is_read_back,
    a_part_can_be_read,
    the_same_content_is_kept_once,
    content_cut_short_is_put_right_by_the_next_upload,
    a_large_file_goes_through_whole,
    files_from_elsewhere_stay_their_owners,
    renditions_are_replaced,
    what_is_deleted_is_gone,
    everything_kept_is_listed,
    what_was_made_from_a_content_is_listed,
    verifying_finds_damage_and_loss,
    an_upload_over_the_limit_leaves_nothing,
    an_upload_that_breaks_off_leaves_nothing,
    an_abandoned_upload_leaves_nothing,
    what_the_dead_left_is_cleaned_and_the_living_are_not_disturbed,
);

async fn what_is_kept_is_read_back(place: Place) {
    let received = place.receive(b"tin").await;
    assert_eq!((received.size, received.digest), (3, Digest::of(b"tin")));
    let key = Key::content(received.digest);
    assert!(!place.storage.exists(&key).await.unwrap());

    assert_eq!(place.storage.keep(received.path(), &received.digest).await.unwrap(), Kept::New);
    drop(received);

    assert_eq!(place.read(&key).await, b"tin");
    assert_eq!(place.storage.size(&key).await.unwrap(), 3);
    assert!(place.storage.exists(&key).await.unwrap());
    place.spool_is_emptied().await;
}

async fn a_part_can_be_read(place: Place) {
    let content: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    let key = place.keep(&content).await;
    for (asked, got) in [(0..1, 0..1), (1000..200_000, 1000..200_000), (299_999..u64::MAX, 299_999..300_000)] {
        let reading = place.storage.read(&key, Some(asked)).await.unwrap();
        assert_eq!((reading.size, &reading.range), (300_000, &got));
        let bytes = reading.bytes.try_collect::<Vec<_>>().await.unwrap().concat();
        assert!(bytes == content[got.start as usize..got.end as usize], "{got:?}");
    }
    let behind = place.storage.read(&key, Some(300_000..300_001)).await.unwrap_err();
    assert!(matches!(behind, StorageError::OutOfRange { size: 300_000 }), "{behind}");

    let empty = place.keep(b"").await;
    assert_eq!(place.read(&empty).await, b"");
    let nowhere = Key::content(Digest::of(b"nowhere"));
    for range in [None, Some(0..1)] {
        let missing = place.storage.read(&nowhere, range).await.unwrap_err();
        assert!(matches!(missing, StorageError::NotFound(_)), "{missing}");
    }
}

async fn the_same_content_is_kept_once(place: Place) {
    let (first, second) = (place.receive(b"same").await, place.receive(b"same").await);
    assert_eq!(place.storage.keep(first.path(), &first.digest).await.unwrap(), Kept::New);
    let before = place.list(Area::Content).await;
    assert_eq!(place.storage.keep(second.path(), &second.digest).await.unwrap(), Kept::Already);
    assert_eq!(place.storage.keep(first.path(), &first.digest).await.unwrap(), Kept::Already);
    assert_eq!(place.list(Area::Content).await, before);
    assert_eq!(before.len(), 1);
    drop((first, second));

    // At the same time, too.
    let (first, second) = (place.receive(b"twin").await, place.receive(b"twin").await);
    let keep = |twin: Received| {
        let storage = place.storage.clone();
        async move { storage.keep(twin.path(), &twin.digest).await.unwrap() }
    };
    tokio::join!(keep(first), keep(second));
    assert_eq!(place.read(&Key::content(Digest::of(b"twin"))).await, b"twin");
    place.spool_is_emptied().await;
}

async fn content_cut_short_is_put_right_by_the_next_upload(place: Place) {
    let key = place.keep(b"whole").await;
    fs::write(place.file(&key), "who").unwrap();
    assert_eq!(place.keep(b"whole").await, key);
    assert_eq!(place.read(&key).await, b"whole");
}

async fn a_large_file_goes_through_whole(place: Place) {
    let size = 64 * MIB as u64 + 1;
    let chunks = (0..64).map(|n| Bytes::from(vec![n; MIB])).chain([Bytes::from_static(b"!")]);
    let received = place.storage.receive(stream::iter(chunks.map(Ok::<_, Infallible>)), size).await.unwrap();
    assert_eq!(received.size, size);
    place.storage.keep(received.path(), &received.digest).await.unwrap();
    let (key, digest) = (Key::content(received.digest), received.digest);
    drop(received);

    assert_eq!(place.storage.size(&key).await.unwrap(), size);
    assert_eq!(place.storage.verify(&key, &digest).await.unwrap(), Verdict::Sound);
    let mut reading = place.storage.read(&key, None).await.unwrap();
    while let Some(chunk) = reading.bytes.next().await {
        assert!(chunk.unwrap().len() <= MIB, "read in small pieces");
    }
}

async fn files_from_elsewhere_stay_their_owners(place: Place) {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("bao-cao.pdf");
    fs::write(&file, "before").unwrap();
    place.storage.keep(&file, &Digest::of(b"before")).await.unwrap();
    fs::write(&file, "behind").unwrap();
    assert_eq!(place.read(&Key::content(Digest::of(b"before"))).await, b"before");
}

async fn renditions_are_replaced(place: Place) {
    let key = Key::rendition(Digest::of(b"picture"), "card.webp").unwrap();
    for bytes in ["first", "second, and longer"] {
        place.storage.keep_bytes(&key, bytes.into()).await.unwrap();
        assert_eq!(place.read(&key).await, bytes.as_bytes());
    }
    place.spool_is_emptied().await;
}

async fn what_is_deleted_is_gone(place: Place) {
    let (key, other) = (place.keep(b"gone").await, place.keep(b"here").await);
    place.storage.delete(&key).await.unwrap();
    place.storage.delete(&key).await.unwrap();
    assert!(!place.storage.exists(&key).await.unwrap());
    assert!(matches!(place.storage.size(&key).await, Err(StorageError::NotFound(_))));
    assert!(place.storage.exists(&other).await.unwrap());
    assert_eq!(place.keep(b"gone").await, key);
}

async fn everything_kept_is_listed(place: Place) {
    assert!(place.list(Area::Content).await.is_empty());
    let mut keys = Vec::new();
    for n in 0..20 {
        keys.push(place.keep(format!("content {n}").as_bytes()).await);
    }
    keys.sort();
    let rendition = Key::rendition(*keys[0].digest(), "thumb.jpg").unwrap();
    place.storage.keep_bytes(&rendition, "thumb".into()).await.unwrap();
    fs::write(place.objects.join("content/notes.txt"), "somebody else's").unwrap();

    let content = place.list(Area::Content).await;
    assert_eq!(content.iter().map(|stored| &stored.key).collect::<Vec<_>>(), keys.iter().collect::<Vec<_>>());
    assert!(content.iter().all(|stored| stored.size >= 9));
    let renditions = place.list(Area::Renditions).await;
    assert_eq!(renditions.iter().map(|stored| (&stored.key, stored.size)).collect::<Vec<_>>(), [(&rendition, 5)]);
}

async fn what_was_made_from_a_content_is_listed(place: Place) {
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    for (digest, name) in [(one, "card.webp"), (one, "share-1-2.jpg"), (other, "card.webp")] {
        let key = Key::rendition(digest, name).unwrap();
        place.storage.keep_bytes(&key, Bytes::from_static(b"x")).await.unwrap();
    }

    let made: Vec<_> = place.storage.renditions_of(&one).try_collect().await.unwrap();

    let mut names: Vec<_> = made.iter().map(|stored| stored.key.to_string()).collect();
    names.sort();
    assert!(matches!(&names[..], [card, share] if card.ends_with(".card.webp") && share.ends_with(".share-1-2.jpg")));
    let none: Vec<_> = place.storage.renditions_of(&Digest::of(b"none")).try_collect().await.unwrap();
    assert_eq!(none.len(), 0);
}

async fn verifying_finds_damage_and_loss(place: Place) {
    let key = place.keep(b"sound").await;
    let verify = || place.storage.verify(&key, key.digest());
    assert_eq!(verify().await.unwrap(), Verdict::Sound);
    fs::write(place.file(&key), "ruins").unwrap();
    assert_eq!(verify().await.unwrap(), Verdict::Damaged { digest: Digest::of(b"ruins"), size: 5 });
    fs::remove_file(place.file(&key)).unwrap();
    assert_eq!(verify().await.unwrap(), Verdict::Missing);
}

/// Chunks of a MiB without end.
fn flood() -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::repeat_with(|| Ok(Bytes::from(vec![7; MIB])))
}

async fn an_upload_over_the_limit_leaves_nothing(place: Place) {
    let error = place.storage.receive(flood(), 3 * MIB as u64).await.unwrap_err();
    assert!(matches!(error, ReceiveError::TooLarge { limit: 3_145_728 }), "{error}");
    assert_eq!(place.spooled(), 0);
    let exact = place.storage.receive(flood().take(3), 3 * MIB as u64).await.unwrap();
    assert_eq!(exact.size, 3 * MIB as u64);
}

async fn an_upload_that_breaks_off_leaves_nothing(place: Place) {
    let chunks = flood().take(2).map(|chunk| chunk.map_err(|never| match never {}));
    let broken = chunks.chain(stream::once(async { Err("connection reset") }));
    let error = place.storage.receive(broken, u64::MAX).await.unwrap_err();
    assert!(matches!(error, ReceiveError::Interrupted("connection reset")), "{error}");
    assert_eq!(place.spooled(), 0);
    assert!(place.list(Area::Content).await.is_empty());
}

async fn an_abandoned_upload_leaves_nothing(place: Place) {
    let stalled = flood().take(2).chain(stream::pending());
    let upload = place.storage.receive(stalled, u64::MAX);
    tokio::time::timeout(Duration::from_millis(200), upload).await.unwrap_err();
    place.spool_is_emptied().await;
}

async fn what_the_dead_left_is_cleaned_and_the_living_are_not_disturbed(place: Place) {
    let twin = Storage::open(&place.settings).unwrap();
    let living = twin.receive(flood().take(1), u64::MAX).await.unwrap();
    let dead = place.spool.join("0193a0c0f7a97d6c8e5b1f2a3c4d5e6f");
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("half"), "half an upload").unwrap();
    fs::write(dead.with_extension("lock"), "").unwrap();

    assert_eq!(place.storage.clean_spool().await.unwrap(), 1);
    assert!(!dead.exists() && !dead.with_extension("lock").exists());
    twin.keep(living.path(), &living.digest).await.unwrap();
}

#[tokio::test]
async fn nobody_else_may_read_what_a_folder_keeps() {
    let place = Place::folder().await;
    let content = place.keep(b"draft").await;
    let rendition = Key::rendition(Digest::of(b"draft"), "card.webp").unwrap();
    place.storage.keep_bytes(&rendition, "card".into()).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for key in [content, rendition] {
        let file = place.file(&key);
        assert_eq!(mode(&file), 0o600);
        for folder in file.ancestors().skip(1).take(4) {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
    }
}

#[tokio::test]
async fn an_upload_to_a_bucket_outlives_its_caller() {
    let place = Place::bucket().await;
    let received = place.storage.receive(flood().take(20), u64::MAX).await.unwrap();
    let keeping = place.storage.keep(received.path(), &received.digest);
    let _ = tokio::time::timeout(Duration::from_millis(30), keeping).await;
    let key = Key::content(received.digest);
    for _ in 0..500 {
        if place.storage.exists(&key).await.unwrap() {
            assert_eq!(place.storage.verify(&key, key.digest()).await.unwrap(), Verdict::Sound);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the upload neither ended nor failed");
}

#[tokio::test]
async fn a_service_that_is_down_is_unavailable_and_wrong_keys_are_a_fault() {
    let mut place = Place::bucket().await;
    let key = Key::content(Digest::of(b"x"));
    place.settings.media.media_s3_secret_key = Some("wrong".into());
    let storage = Storage::open(&place.settings).unwrap();
    let error = storage.exists(&key).await.unwrap_err();
    assert!(matches!(error, StorageError::Other(_)), "{error:?}");

    // Port 9 discards, where anything listens at all.
    place.settings.media.media_s3_endpoint = Some("http://127.0.0.1:9".parse().unwrap());
    let storage = Storage::open(&place.settings).unwrap();
    for error in [
        storage.keep_bytes(&key, "x".into()).await.unwrap_err(),
        storage.read(&key, None).await.unwrap_err(),
        storage.list(Area::Content).next().await.unwrap().unwrap_err(),
    ] {
        assert!(matches!(error, StorageError::Unavailable(_)), "{error:?}");
    }
    place.settings.media.media_s3_secret_key = None;
    assert!(Storage::open(&place.settings).is_err(), "half a pair of keys");
    place.settings.media.media_storage = Some(Location::Folder("/dev/null/media".into()));
    assert!(matches!(Storage::open(&place.settings), Err(StorageError::Other(_))));
}
