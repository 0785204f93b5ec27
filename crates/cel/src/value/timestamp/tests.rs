use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn it_is_written_as_it_was_read() {
    for text in [
        "1970-01-01T00:00:00Z",
        "2023-08-26T12:39:00-07:00",
        "2024-02-29T23:59:59.999999999+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        // In its zone, the first moment of year 1 may be in year 0.
        "0000-12-31T20:00:00-04:00",
    ] {
        assert_eq!(parse(text).to_string(), text);
    }
}

#[test]
fn laxer_forms_than_those_of_rfc_3339_are_read_as_in_go() {
    for (text, expected) in [
        ("2020-01-01T1:00:00Z", "2020-01-01T01:00:00Z"),
        ("2020-01-01T01:00:00,5Z", "2020-01-01T01:00:00.5Z"),
        ("2020-01-01T01:00:00.1234567899Z", "2020-01-01T01:00:00.123456789Z"),
        ("2020-01-01T01:00:00+24:60", "2020-01-01T01:00:00+25:00"),
        ("2020-01-01T01:00:00-00:00", "2020-01-01T01:00:00Z"),
    ] {
        assert_eq!(parse(text).to_string(), expected, "{text}");
    }
}

#[test]
fn what_is_no_moment_is_refused() {
    for text in [
        "",
        "2020-01-01",
        "2020-01-01T00:00:00",
        "2020-01-01 00:00:00Z",
        "2020-01-01t00:00:00Z",
        "2020-01-01T00:00:00z",
        "2020-01-01T00:00:60Z",
        "2020-01-01T00:60:00Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T00:0:00Z",
        "2020-1-01T00:00:00Z",
        "2020-00-01T00:00:00Z",
        "2020-13-01T00:00:00Z",
        "2020-01-00T00:00:00Z",
        "2020-04-31T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00+25:00",
        "2020-01-01T00:00:00+00:61",
        "2020-01-01T00:00:00+0000",
        "2020-01-01T00:00:00\u{2212}07:00",
        "2020-01-01T00:00:00Z ",
        " 2020-01-01T00:00:00Z",
        "+2020-01-01T00:00:00Z",
        "12020-01-01T00:00:00Z",
        "\u{662}020-01-01T00:00:00Z",
    ] {
        assert!(Timestamp::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_years_are_those_of_utc() {
    for text in ["0000-12-31T23:59:59Z", "0001-01-01T00:59:59+01:00", "9999-12-31T23:59:59-00:01"] {
        assert_eq!(Timestamp::parse(text), Err(OUT_OF_RANGE), "{text}");
    }
    assert_eq!(Timestamp::from_seconds(LAST + 1), Err(Failure::TIME_OUT_OF_RANGE));
    assert_eq!(Timestamp::from_seconds(FIRST - 1), Err(Failure::TIME_OUT_OF_RANGE));
}

#[test]
fn moments_are_equal_in_any_zone() {
    assert_eq!(parse("2020-01-01T00:00:00Z"), parse("2020-01-01T02:00:00+02:00"));
    assert!(parse("2020-01-01T00:00:00.1Z") > parse("2020-01-01T02:00:00+02:00"));
}

#[test]
fn a_sum_keeps_the_zone_even_into_year_10000() {
    let late = parse("9999-12-31T23:00:00+10:00").add(Duration(10 * 3_600 * SECOND)).unwrap();
    assert_eq!(late.to_string(), "10000-01-01T09:00:00+10:00");
}

#[test]
fn arithmetic_stays_in_its_range() {
    let (first, last) =
        (Timestamp::from_seconds(FIRST).unwrap(), parse("9999-12-31T23:59:59.999999999Z"));
    assert_eq!(last.add(Duration(1)), Err(Failure::TIME_OUT_OF_RANGE));
    assert_eq!(first.subtract(Duration(1)), Err(Failure::TIME_OUT_OF_RANGE));
    assert_eq!(first.subtract(Duration(i64::MIN)), Err(Failure::OVERFLOW));
    assert_eq!(last.since(first), Err(Failure::OVERFLOW));
}

#[test]
fn a_difference_whose_whole_seconds_do_not_fit_fails_although_it_would() {
    let seconds = i64::MAX / SECOND + 1;
    let late = Timestamp::from_seconds(seconds).unwrap();
    let half = Timestamp { nanoseconds: 500_000_000, ..Timestamp::from_seconds(0).unwrap() };
    assert_eq!(late.since(half), Err(Failure::OVERFLOW));
}

#[test]
fn the_calendar_counts_every_day_of_ten_thousand_years() {
    let (mut year, mut month, mut day, mut day_of_year) = (0, 1, 1, 0);
    for days in days_to(0, 1, 1)..days_to(10_001, 1, 1) {
        let civil = Civil::of(days * DAY);
        assert_eq!((civil.year, civil.month, civil.day), (year, month, day));
        assert_eq!(civil.day_of_year, day_of_year);
        assert_eq!(days_to(year, month, day), days);
        (day, day_of_year) = (day + 1, day_of_year + 1);
        if day > days_in(year, month) {
            (month, day) = (month + 1, 1);
        }
        if month > 12 {
            (year, month, day_of_year) = (year + 1, 1, 0);
        }
    }
}

#[test]
fn the_week_begins_on_sunday() {
    assert_eq!(parse("1970-01-01T00:00:00Z").civil(0).weekday, 4);
    assert_eq!(parse("1969-12-28T00:00:00Z").civil(0).weekday, 0);
}

fn moments() -> impl Strategy<Value = Timestamp> {
    (FIRST..=LAST, 0..1_000_000_000_u32, -1_499..=1_499_i32).prop_map(
        |(seconds, nanoseconds, minutes)| Timestamp { seconds, nanoseconds, offset: minutes * 60 },
    )
}

fn exact(at: Timestamp) -> i128 {
    i128::from(at.seconds) * i128::from(SECOND) + i128::from(at.nanoseconds)
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(at in moments()) {
        let text = at.to_string();
        prop_assume!(text.starts_with(|at: char| at.is_ascii_digit()) && text.find('-') == Some(4));
        let read = parse(&text);
        prop_assert_eq!((read, read.offset), (at, at.offset));
    }

    #[test]
    fn sums_and_differences_are_exact(at in moments(), other in moments(), duration: i64) {
        let sum = exact(at) + i128::from(duration);
        let fits = (i128::from(FIRST)..=i128::from(LAST))
            .contains(&sum.div_euclid(i128::from(SECOND)));
        let added = at.add(Duration(duration)).ok();
        prop_assert_eq!(added.map(exact), fits.then_some(sum));
        if let Some(added) = added {
            prop_assert_eq!(added.since(at), Ok(Duration(duration)));
        }
        if let Ok(difference) = at.since(other) {
            prop_assert_eq!(i128::from(difference.0), exact(at) - exact(other));
        }
    }
}
