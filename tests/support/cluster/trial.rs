//! Tests that need something which may be missing on this machine.

use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};

use super::Binaries;

/// The programs for a world that these tests share. An error if none of the tests will run, or if the programs are
/// missing.
pub fn binaries_for<T>(
    arguments: &Arguments,
    tests: &[(&'static str, T)],
) -> Result<Binaries, String> {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    if arguments.list || !tests.iter().any(|(name, _)| name.contains(filter)) {
        return Err("not asked for".to_owned());
    }
    Binaries::find()
}

/// A test of a world that it shares with others, and its name.
pub type SharingTest<W> = (&'static str, fn(&W));

/// Tests that share a world, each as a [`trial`].
pub fn trials<W: Send + Sync + 'static>(
    arguments: &Arguments,
    tests: &[SharingTest<W>],
    world: &Result<Arc<W>, String>,
) -> Vec<Trial> {
    let must_run = arguments.include_ignored;
    let tests = tests.iter();
    tests
        .map(|&(name, test)| trial(name, world.clone(), must_run, move |world| test(&world)))
        .collect()
}

/// A test of a world that was started for several. Without one it is ignored with the reason, or fails with it if
/// it must run.
pub fn trial<W: Send + 'static>(
    name: &str,
    world: Result<W, String>,
    must_run: bool,
    test: impl FnOnce(W) + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match world {
        Ok(world) => {
            test(world);
            Ok(Completion::Completed)
        }
        Err(reason) if must_run => Err(reason.into()),
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}
