use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn hours(zone: &str, text: &str) -> i64 {
    offset(zone, at(text)).unwrap() / 3_600
}

#[test]
fn a_zone_has_its_summer_time() {
    assert_eq!(hours("Europe/Berlin", "2023-01-01T00:00:00Z"), 1);
    assert_eq!(hours("Europe/Berlin", "2023-07-01T00:00:00Z"), 2);
    assert_eq!(hours("Europe/Berlin", "9999-07-01T00:00:00Z"), 2);
    assert_eq!(hours("US/Pacific", "9999-12-31T23:59:59Z"), -8);
}

#[test]
fn before_there_were_zones_each_town_had_its_own_time() {
    let berlin = offset("Europe/Berlin", at("0001-01-01T00:00:00Z"));
    assert_eq!(berlin, Ok(53 * 60 + 28));
}

#[test]
fn names_count_with_upper_and_lower_case() {
    let now = at("2023-01-01T00:00:00Z");
    for name in
        ["utc", "europe/berlin", "EUROPE/BERLIN", "Europe", "Nowhere", "../UTC", "/UTC", "CEST"]
    {
        assert!(offset(name, now).is_err(), "{name}");
    }
    for name in ["", "UTC", "Local", "GMT", "Etc/UTC", "Zulu"] {
        assert_eq!(offset(name, now), Ok(0), "{name}");
    }
}

#[test]
fn an_offset_is_of_any_length() {
    let now = at("2023-01-01T00:00:00Z");
    for (zone, expected) in [
        ("02:00", 7_200),
        ("+02:00", 7_200),
        ("-02:30", -9_000),
        ("-0:30", -1_800),
        ("-1:-30", -1_800),
        ("1:-30", 1_800),
        ("25:00", 90_000),
        ("0:90", 5_400),
    ] {
        assert_eq!(offset(zone, now), Ok(expected), "{zone}");
    }
    for zone in [":", ":30", "1:", "1:2:3", "a:b", "\u{2212}1:00", " 1:00", "1_0:00"] {
        assert!(offset(zone, now).is_err(), "{zone}");
    }
}

#[test]
fn an_offset_that_overflows_wraps_around() {
    let now = at("1970-01-01T00:00:00Z");
    assert_eq!(now.civil(offset("99999999999999:00", now).unwrap()).hour, 4);
    assert_eq!(now.civil(offset("9999999:00", now).unwrap()).year, 1941);
    assert!(offset("9223372036854775807:9223372036854775807", now).is_ok());
}
