//! `tidegate plan`: shows what would change, and saves it if asked.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::super::arguments::PlanArguments;
use super::super::clouds::Clouds;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::session::{Planned, Session, Wish, request, show};
use super::{Outcome, input};
use crate::plan::{Mode, Request, SavedPlan, Saving};

pub(super) async fn run(arguments: PlanArguments, clouds: &Clouds, console: &Console) -> Outcome {
    let registry = clouds.registry();
    let loaded = match arguments.destroy {
        true => None,
        false => Some(input::load_stack(&arguments.stack, &registry, console)?),
    };
    let name = match &loaded {
        Some(loaded) => loaded.stack.name.clone(),
        None => {
            let given = &arguments.stack;
            input::state_name(given.stack.as_ref(), given.name.as_ref(), &clouds.state_dir(&arguments.run.folder))?
        }
    };
    if let Some(loaded) = &loaded {
        console.problems(&loaded.warnings);
    }
    let run = &arguments.run;
    let mut session = Session::open(&run.folder, run.parallelism, &name, "plan", clouds, console).await?;
    if arguments.out.is_some() {
        session.begin_state().await?;
    }
    let mode = if arguments.destroy { Mode::Destroy } else { Mode::Apply };
    let request = request(run, arguments.change.replace.clone());
    let stack = loaded.as_ref().map(|loaded| &loaded.stack);
    let wish = Wish { stack, mode, request: &request, refresh: arguments.change.refresh };
    let planned = session.plan(&wish).await?;
    show(&planned, console);
    let empty = planned.plan.is_empty();
    if let Some(file) = &arguments.out {
        save(file, &session, &planned, &request, loaded.as_ref())?;
        session.close()?;
        console.message(&serde_json::json!({"version": 1, "type": "saved", "file": file.display().to_string()}));
        if !console.json {
            console.err(&format!("Saved. Apply it with:\n\n    tidegate apply {}", file.display()));
        }
    }
    Ok(if arguments.detailed_exitcode && !empty { Exit::ChangesPending } else { Exit::Done })
}

fn save(
    file: &Path,
    session: &Session,
    planned: &Planned,
    request: &Request,
    loaded: Option<&input::Loaded>,
) -> Result<(), Failure> {
    let source = loaded.map(|loaded| {
        let mut source = loaded.source.clone();
        source.files = loaded.files.contents();
        source
    });
    let saved = SavedPlan::new(Saving {
        plan: &planned.plan,
        state: &session.state,
        request,
        observations: &planned.observations,
        now_s: planned.now_s,
        stack: loaded.map(|loaded| &loaded.stack),
        source,
    });
    let failed = |source| Failure::File { doing: "write", file: file.display().to_string(), source };
    let mut options = std::fs::OpenOptions::new();
    // A plan tells much of a system, so it is its owner's alone, like a state. The file may be there already.
    let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(file).map_err(failed)?;
    if out.metadata().map_err(failed)?.is_file() {
        out.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    }
    out.write_all(saved.to_text().as_bytes()).map_err(failed)
}
