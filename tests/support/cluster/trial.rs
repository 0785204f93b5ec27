//! Tests that need something which may be missing on this machine.

use libtest_mimic::{Completion, Trial};

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
