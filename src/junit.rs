//! `JUnit`'s XML, as Jenkins and GitLab read it: the part that `quick_junit` leaves to its callers.
//!
//! It drops control characters and what looks like a terminal's escape sequence. In a test's output
//! that is noise; in the name of an object, or in a value that is refused, it is what the reader has
//! to see.

use std::fmt::Write;

use quick_junit::{Report, SerializeError};

use crate::visible::{is_hidden, write_escaped};

/// Stands for `&#`, with which a reference to a character begins, until the XML is written:
/// `quick_junit` would escape the ampersand. XML cannot hold this character, so no text has it.
const REFERENCE: char = '\u{fffe}';

/// A text that a report shows as it is, but for hidden characters: XML cannot hold all of them, and
/// people read XML on terminals too.
pub fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            // Unescaped they would become spaces in an attribute. A String takes everything.
            '\t' | '\n' | '\r' => drop(write!(shown, "{REFERENCE}{};", u32::from(char))),
            REFERENCE | '\u{ffff}' => shown.push(char::REPLACEMENT_CHARACTER),
            hidden if is_hidden(hidden) => _ = write_escaped(&mut shown, hidden),
            char => shown.push(char),
        }
    }
    shown
}

/// The report as XML and a final newline; its texts were made by [`text`].
pub fn xml(report: &Report) -> Result<String, SerializeError> {
    Ok(report.to_string()?.replace(REFERENCE, "&#"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_junit::{TestCase, TestCaseStatus, TestSuite};

    use super::*;

    /// The texts that a reader finds where one was written as an attribute and between tags.
    fn read(written: &str) -> [String; 2] {
        let mut case = TestCase::new(text(written), TestCaseStatus::success());
        case.set_system_out(text(written));
        let mut suite = TestSuite::new("suite");
        suite.add_test_case(case);
        let mut report = Report::new("report");
        report.add_test_suite(suite);
        let xml = xml(&report).unwrap();
        let document = roxmltree::Document::parse(&xml).unwrap();
        let case = document.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
        let out = case.children().find(|node| node.has_tag_name("system-out")).unwrap();
        [case.attribute("name").unwrap().to_owned(), out.text().unwrap_or_default().to_owned()]
    }

    #[test]
    fn what_xml_cannot_hold_is_seen_to_be_there() {
        let written = "\u{1b}[31m<&>\"'%\r\n\t\0\u{9b}\u{202e}\u{fffe}\u{ffff}é";
        let due = "\\x1b[31m<&>\"'%\r\n\t\\x00\\u009b\\u202e\u{fffd}\u{fffd}é";
        assert_eq!(read(written), [due, due]);
    }

    proptest! {
        #[test]
        fn a_text_without_hidden_characters_is_read_as_it_was_written(written in "[\\PC\t\n\r]*") {
            let written = written.replace(|char| is_hidden(char) && !"\t\n\r".contains(char), "");
            let [attribute, inside] = read(&written);
            prop_assert_eq!(&attribute, &written);
            prop_assert_eq!(&inside, &written);
        }
    }
}
