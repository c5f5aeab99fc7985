//! Starting, stopping, and refusing.

use super::*;

#[test]
fn data_outlive_a_restart_and_are_kept_durably() {
    let place = Place::new();
    let begun = Instant::now();
    let server = place.start();
    eprintln!("first start: {:?}", begun.elapsed());
    let made = server.sides("tin tức \"mới\"").unwrap();
    let mut connection = connect(made.newsroom.expose_secret());
    run(&mut connection, "CREATE TABLE note AS SELECT lower('ĐƯỜNG') AS text");
    drop(connection);
    let begun = Instant::now();
    server.stop().unwrap();
    eprintln!("stop: {:?}", begun.elapsed());
    assert!(!place.postmaster_pid().exists());

    let begun = Instant::now();
    let server = place.start();
    eprintln!("second start: {:?}", begun.elapsed());

    let kept = server.sides("tin tức \"mới\"").unwrap();
    let mut connection = connect(kept.newsroom.expose_secret());
    assert_eq!(ask(&mut connection, "SELECT text FROM note"), "đường");
    for setting in ["fsync", "full_page_writes", "synchronous_commit", "data_checksums"] {
        assert_eq!(ask(&mut connection, &format!("current_setting('{setting}')")), "on", "{setting}");
    }
    assert_eq!(ask(&mut connection, "current_setting('listen_addresses')"), "127.0.0.1");
    let mut over_tcp = url::Url::parse(kept.newsroom.expose_secret()).unwrap();
    over_tcp.set_host(Some("127.0.0.1")).unwrap();
    let mut over_tcp = connect(over_tcp.as_str());
    assert_eq!(ask(&mut over_tcp, "host(inet_client_addr())"), "127.0.0.1");
    drop((connection, over_tcp));
    server.stop().unwrap();
}

#[test]
fn settings_are_passed_on_but_cannot_weaken_durability() {
    let place = Place::new();
    let settings = [("fsync", "off"), ("work_mem", "5MB"), ("listen_addresses", "*")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();

    let server = Embedded::start(&Options { settings, ..options(&place.dir) }).unwrap();

    let mut connection = connect(&server.admin_url("postgres"));
    assert_eq!(ask(&mut connection, "current_setting('work_mem')"), "5MB");
    assert_eq!(ask(&mut connection, "current_setting('fsync')"), "on");
    assert_eq!(ask(&mut connection, "current_setting('listen_addresses')"), "127.0.0.1");
}

#[test]
fn a_second_service_is_told_who_holds_the_directory() {
    let place = Place::new();
    let mut holder = helper("hold", &place.dir).spawn().unwrap();
    within(30, "the helper's server runs", || embedded::running(&place.dir).is_some());

    let refused = place.try_start().unwrap_err();

    assert!(matches!(refused, EmbeddedError::Locked { .. }), "{refused}");
    assert!(refused.to_string().contains(&format!("process {}", holder.id())), "{refused}");
    let other_command = embedded::running(&place.dir).unwrap().newsroom("news").unwrap();
    connect(other_command.expose_secret());
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn a_server_that_cannot_start_shows_its_log() {
    let place = Place::new();
    let settings = vec![("shared_preload_libraries".to_owned(), "no_such_library".to_owned())];

    let refused = Embedded::start(&Options { settings, ..options(&place.dir) }).unwrap_err().to_string();

    assert!(refused.contains("could not access file \"no_such_library\""), "{refused}");
    place.start().stop().unwrap();
}

#[test]
fn a_cluster_of_a_version_that_is_not_here_is_named() {
    let place = Place::new();
    fs::create_dir(place.dir.join("cluster")).unwrap();
    fs::write(place.dir.join("cluster/PG_VERSION"), "9\n").unwrap();

    let refused = place.try_start().unwrap_err();

    assert!(matches!(refused, EmbeddedError::VersionMissing { major: 9, .. }), "{refused}");
}

#[test]
fn tests_share_a_server_and_have_databases_of_their_own() {
    let template = create("a_template", None);
    run(&mut connect(&template), "CREATE TABLE inherited AS SELECT 1 AS number");

    let makers: Vec<_> = (0..4).map(|_| std::thread::spawn(|| fresh_database(Some("a_template")))).collect();
    let mut urls: Vec<String> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();

    for url in &urls {
        assert_eq!(ask(&mut connect(url), "SELECT number FROM inherited"), "1");
    }
    discard(&urls[0]);
    assert!(PgConnection::establish(&urls[0]).is_err());
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 4);
}
