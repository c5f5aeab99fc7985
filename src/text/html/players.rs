//! Players of recordings that a body may embed.

use url::{Host, Url};

/// Which players there are besides YouTube and Vimeo: the names of their hosts.
#[derive(Clone, Debug, Default)]
pub struct Players(Vec<String>);

/// What an embedded player may do: run its own scripts in its own origin, and go to a larger screen. Nothing of the page.
pub const SANDBOX: &str = "allow-scripts allow-same-origin allow-presentation";

impl Players {
    /// YouTube, Vimeo and these hosts.
    pub fn new(hosts: &[String]) -> Self {
        Self(hosts.iter().map(|host| host.trim().to_lowercase()).filter(|host| !host.is_empty()).collect())
    }

    /// Where the frame of a player is, whatever the form of its address; None for what is no player known here.
    pub fn frame(&self, address: &str) -> Option<String> {
        let address = address.trim();
        let url =
            Url::parse(&if address.starts_with("//") { format!("https:{address}") } else { address.into() }).ok()?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let Some(Host::Domain(host)) = url.host() else { return None };
        // The port of another scheme is no player's.
        if url.port().is_some() {
            return None;
        }
        match host {
            "youtube.com"
            | "www.youtube.com"
            | "m.youtube.com"
            | "music.youtube.com"
            | "youtube-nocookie.com"
            | "www.youtube-nocookie.com" => youtube(&url),
            "youtu.be" | "www.youtu.be" => youtube_frame(url.path_segments()?.next()?, &url),
            "vimeo.com" | "www.vimeo.com" | "player.vimeo.com" => vimeo(&url),
            host if self.0.iter().any(|known| known == host) => {
                let mut url = url;
                url.set_scheme("https").ok()?;
                Some(url.into())
            }
            _ => None,
        }
    }
}

fn youtube(url: &Url) -> Option<String> {
    let mut path = url.path_segments()?;
    match path.next()? {
        "watch" => youtube_frame(&parameter(url, "v")?, url),
        "embed" | "shorts" | "live" | "v" | "e" => youtube_frame(path.next()?, url),
        _ => None,
    }
}

fn youtube_frame(id: &str, url: &Url) -> Option<String> {
    let mut parameters = Vec::new();
    if id == "videoseries" {
        parameters.push(format!("list={}", parameter(url, "list").filter(|list| is_id(list))?));
    } else if id.len() != 11 || !is_id(id) {
        return None;
    }
    let fragment = url.fragment().and_then(|fragment| fragment.strip_prefix("t=")).map(str::to_owned);
    let start = parameter(url, "start").or_else(|| parameter(url, "t")).or(fragment);
    parameters.extend(start.and_then(|start| seconds(&start)).map(|start| format!("start={start}")));
    let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    Some(format!("https://www.youtube-nocookie.com/embed/{id}{query}"))
}

fn vimeo(url: &Url) -> Option<String> {
    let mut path = url.path_segments()?.filter(|part| *part != "video");
    let id = path.next().filter(|id| (1..=12).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()))?;
    // What opens an unlisted one.
    let hash = parameter(url, "h").or_else(|| path.next().map(str::to_owned)).filter(|hash| is_id(hash));
    let hash = hash.map(|hash| format!("h={hash}&")).unwrap_or_default();
    let start = url.fragment().and_then(|fragment| seconds(fragment.strip_prefix("t=")?));
    let start = start.map(|start| format!("#t={start}s")).unwrap_or_default();
    Some(format!("https://player.vimeo.com/video/{id}?{hash}dnt=1{start}"))
}

fn parameter(url: &Url, wanted: &str) -> Option<String> {
    url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// `90`, `90s`, `1m30s`, `1h2m3s`; none for the beginning.
fn seconds(text: &str) -> Option<u32> {
    let (mut total, mut number) = (0_u32, String::new());
    for c in text.chars() {
        let unit = match c {
            '0'..='9' if number.len() < 6 => {
                number.push(c);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    if !number.is_empty() {
        total = total.checked_add(number.parse().ok()?)?;
    }
    Some(total).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_leads_to_the_players_frame() {
        let players = Players::new(&["Video.Tinh.example".into()]);
        let youtube = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ";
        for (address, frame) in [
            ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", youtube.to_owned()),
            ("http://m.youtube.com/watch?app=x&v=dQw4w9WgXcQ&list=y", youtube.to_owned()),
            ("https://youtu.be/dQw4w9WgXcQ?si=abc", youtube.to_owned()),
            ("//www.youtube.com/embed/dQw4w9WgXcQ?autoplay=1&rel=0", youtube.to_owned()),
            ("https://youtube.com/shorts/dQw4w9WgXcQ", youtube.to_owned()),
            (youtube, youtube.to_owned()),
            ("https://youtu.be/dQw4w9WgXcQ?t=1m30s", format!("{youtube}?start=90")),
            ("https://www.youtube.com/embed/dQw4w9WgXcQ?start=42&end=50", format!("{youtube}?start=42")),
            ("https://www.youtube.com/watch?v=dQw4w9WgXcQ#t=1h2m3s", format!("{youtube}?start=3723")),
            ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1".into()),
            (
                "https://vimeo.com/76979871/8272103f6e",
                "https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1".into(),
            ),
            (
                "http://player.vimeo.com/video/1?h=a1&dnt=1#t=30s",
                "https://player.vimeo.com/video/1?h=a1&dnt=1#t=30s".into(),
            ),
            ("http://video.tinh.example/phat/1?a=b&c=<d>", "https://video.tinh.example/phat/1?a=b&c=%3Cd%3E".into()),
        ] {
            assert_eq!(players.frame(address), Some(frame.clone()), "{address}");
            assert_eq!(players.frame(&frame), Some(frame), "again");
        }
    }

    #[test]
    fn what_is_no_player_is_not_framed() {
        let players = Players::new(&["video.tinh.example".into(), " ".into()]);
        for address in [
            "",
            "https://evil.example/embed/dQw4w9WgXcQ",
            "https://www.youtube.com.evil.example/embed/dQw4w9WgXcQ",
            "https://www.youtube.com@evil.example/embed/dQw4w9WgXcQ",
            "https://a:b@www.youtube.com/embed/dQw4w9WgXcQ",
            "https://www.youtube.com/embed/\"onload=",
            "https://www.youtube.com/redirect?q=https://evil.example",
            "https://www.youtube.com:8443/embed/dQw4w9WgXcQ",
            "javascript:alert(1)//www.youtube.com/embed/dQw4w9WgXcQ",
            "data:text/html,<script>",
            "/media/1/a.html",
            "https://sub.video.tinh.example/x",
            "https://vimeo.com/channels/staffpicks",
        ] {
            assert_eq!(players.frame(address), None, "{address}");
        }
    }
}
