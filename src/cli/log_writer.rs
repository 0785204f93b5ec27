//! The end of the log's way, which every line passes: here it becomes one line, whatever names and
//! texts of strangers are in it.

use std::borrow::Cow;
use std::io::{self, Write};

use clap::ValueEnum;

use crate::visible::{visible, visible_json};

/// The form of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LineFormat {
    /// Text.
    Text,
    /// A JSON object.
    Json,
}

/// Writes events, of which each comes in one piece with a line break at its end.
#[derive(Debug)]
pub struct LogWriter<W> {
    format: LineFormat,
    out: W,
}

impl<W: Write> LogWriter<W> {
    /// A writer of such lines.
    pub fn new(format: LineFormat, out: W) -> Self {
        Self { format, out }
    }
}

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = match self.format {
            LineFormat::Text => visible(line),
            LineFormat::Json => visible_json(line),
        };
        // In one piece: other threads log too.
        if matches!((&text, &line), (Cow::Borrowed(_), Cow::Borrowed(_))) && event.ends_with(b"\n")
        {
            self.out.write_all(event)?;
        } else {
            self.out.write_all(format!("{line}\n").as_bytes())?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::visible::is_hidden;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is in the log after an event that has a name everywhere where one can be.
    fn logged(format: LineFormat, name: &str) -> String {
        let lines = Lines::default();
        let out = lines.clone();
        let log = tracing_subscriber::fmt()
            .with_writer(move || LogWriter::new(format, out.clone()))
            .with_ansi(false);
        let event = || {
            let error: &dyn std::error::Error = &io::Error::other(name.to_owned());
            tracing::warn!(name, shown = %name, debug = ?name, error, "about {name}");
        };
        match format {
            LineFormat::Json => {
                tracing::subscriber::with_default(log.json().flatten_event(true).finish(), event);
            }
            LineFormat::Text => tracing::subscriber::with_default(log.finish(), event),
        }
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    const NAMES: &str = "(\\PC|[\\x00-\\x1f\\x7f-\\x9f\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2066}-\
                         \u{2069}\u{feff}\"\\\\]|\x1b\\[31m){0,30}";

    proptest! {
        #[test]
        fn whatever_the_name_the_log_has_one_line_in_which_nothing_is_hidden(name in NAMES) {
            for format in [LineFormat::Text, LineFormat::Json] {
                let log = logged(format, &name);
                let line = log.strip_suffix('\n').unwrap();
                prop_assert!(!line.contains(is_hidden), "{line:?}");
                if format == LineFormat::Json {
                    let event: Value = serde_json::from_str(line).unwrap();
                    prop_assert_eq!(&event["name"], &*name);
                    prop_assert_eq!(&event["message"], &*format!("about {name}"));
                }
            }
        }
    }
}
