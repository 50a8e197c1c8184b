//! `caopan`: the console on a workspace, on a demo, or in projector mode.

use std::sync::Arc;

use ratatui::buffer::Buffer;

use crate::app::deed::Came;
use crate::app::hits::Hits;
use crate::app::setup::Surroundings;
use crate::app::state::{App, ProjectorPage, WorkspaceFacts};
use crate::app::{Keymap, Now};
use crate::config::state::{self, Grieve, Keeper, Kept, Loaded, Tell};
use crate::config::theme::Theme;
use crate::config::words::Words;
use crate::domain::{SafeText, Sentence, sentence};
use crate::engine::Disclosure;
use crate::runtime::clock::Clock;
use crate::runtime::margins::Margins;
use crate::runtime::screen::Screen;
use crate::runtime::{Draw, Keeping, Mailbox, Options, Parts, RunError, Stage, mailbox};
use crate::store::Access;
use crate::workspace::desk::{LiveDesk, Posted};
use crate::workspace::{Moment, Workspace};

use super::error::{Exit, Failure};
use super::hands::Hands;
use super::setting::Setting;

/// Projector mode from the start.
#[derive(Clone)]
pub struct Presentation {
    /// Pages; empty for all.
    pub pages: Vec<ProjectorPage>,
    /// Milliseconds a page.
    pub every: u64,
    /// Campaign of the first page: id, part of its name, or `none`.
    pub campaign: Option<String>,
}

/// What the console starts with.
#[derive(Clone)]
pub struct Start<'a> {
    /// A filter to begin with.
    pub filter: Option<&'a str>,
    /// Projector mode.
    pub presentation: Option<Presentation>,
    /// Keep layout, filter and views for the next time.
    pub keeps: bool,
}

/// Runs the console until it ends.
pub fn run(setting: &Setting, start: &Start<'_>) -> Result<Exit, Failure> {
    fitting_terminal()?;
    let (sender, inbox) = mailbox();
    let (beside, workspace) = both(setting, start, &sender)?;
    let mut workspace = workspace?;
    let as_of = setting.fixed_now(&workspace)?;
    let clock = Clock::start(as_of);
    let Beside {
        keymap,
        theme,
        words,
        kept,
        stage,
    } = beside;
    let (keymap, theme) = (keymap?, theme?);
    let (app, known) = prepared(setting, (keymap, kept), &mut workspace, start, clock.now())?;
    workspace.disclose(if app.look.mask {
        Disclosure::Masked
    } else {
        Disclosure::Usual
    });
    let ticks = Arc::new(move || {
        let now = clock.now();
        Moment {
            millis: now.millis,
            unix: now.unix,
        }
    });
    let desk = LiveDesk::new(workspace, ticks, posting(sender.clone()));
    let desk = Hands::new(setting, desk, sender.clone());
    let keeper = (start.keeps).then(|| keeper(setting, known, sender.clone()));
    let options = Options {
        slow: app.look.slow,
        mouse: app.look.mouse,
        tmux: std::env::var_os("TMUX").is_some(),
        margins: margins(setting),
        reports: setting
            .paths
            .make_state()
            .is_ok()
            .then(|| setting.paths.state.clone()),
        as_of,
    };
    let parts = Parts {
        console: app,
        draw: Brush::new(setting, theme, words, clock.now()),
        desk: &desk,
        inbox,
        mailbox: sender,
        save: Box::new(keeping(keeper)),
    };
    let ended = stage.and_then(|stage| crate::runtime::run_on(stage, parts, &options));
    match ended {
        Ok(outcome) => Ok(Exit::of(outcome.code())),
        Err(error) => Err(Failure::new(
            Exit::of(error.code()),
            error.what(),
            error.help(),
        )),
    }
}

/// Keeps what is kept in the state directory, and tells the console of what others of its kind did to the views there.
fn keeper(setting: &Setting, known: Kept, told: Mailbox) -> Keeper {
    let mourner = told.clone();
    let tell: Tell = Arc::new(move |was, now| told.views(was, now));
    let grieve: Grieve = Arc::new(move |why| mourner.came(Came::NotKept(Sentence::of_system(why))));
    Keeper::new(setting.paths.kept(&setting.workspace()), known)
        .telling(tell)
        .grieving(grieve)
}

/// Keeps the private state of the console where it is kept at all.
fn keeping(mut keeper: Option<Keeper>) -> impl FnMut(&App, Keeping) {
    move |app, how| match (&mut keeper, how) {
        (Some(keeper), Keeping::Soon) => keeper.soon(app.kept()),
        (Some(keeper), Keeping::Now) => keeper.now(&app.kept()),
        (None, _) => {}
    }
}

/// All the console needs besides a workspace.
struct Beside {
    keymap: Result<Arc<Keymap>, Failure>,
    theme: Result<Theme, Failure>,
    words: Words,
    /// Where it was left the last time.
    kept: Option<Loaded>,
    stage: Result<Stage, RunError>,
}

impl Beside {
    fn read(setting: &Setting, start: &Start<'_>, sender: &Mailbox) -> Self {
        let read = Self {
            keymap: setting.keymap(),
            theme: setting.theme(&setting.settings.theme),
            words: Words::new(setting.lang()),
            kept: start
                .keeps
                .then(|| state::load(&setting.paths.kept(&setting.workspace()))),
            stage: Stage::set(),
        };
        if start.keeps {
            let told = sender.clone();
            // A state folder that cannot be written has no jobs either.
            let _ = super::import::watch(setting, move |jobs| told.jobs(jobs));
        }
        read
    }
}

/// Opens the workspace and reads its first customers, and everything else on a second thread meanwhile.
fn both(
    setting: &Setting,
    start: &Start<'_>,
    sender: &Mailbox,
) -> Result<(Beside, Result<Workspace, Failure>), Failure> {
    // Top bar, title, column headers and footer take six rows.
    let rows = Screen::size_now().1.saturating_sub(6).max(1);
    std::thread::scope(|scope| {
        let beside = std::thread::Builder::new()
            .name("beside".into())
            .spawn_scoped(scope, || Beside::read(setting, start, sender))?;
        let workspace = setting.open_for_first_frame().and_then(|mut workspace| {
            workspace.read_ahead(rows)?;
            Ok(workspace)
        });
        // A panic there is one of here.
        let beside = beside
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((beside, workspace))
    })
}

/// A console needs a terminal that can place a cursor.
fn fitting_terminal() -> Result<(), Failure> {
    let help = sentence!(
        "请在终端里运行, 或用会打印的命令, 如 `caopan list customers`",
        "run it in a terminal, or use a command that prints, such as `caopan list customers`"
    );
    if !Screen::is_possible() {
        let what = sentence!(
            "标准输入与输出都必须是终端",
            "standard input and output must be a terminal"
        );
        return Err(Failure::new(Exit::Usage, what, help));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        let what = sentence!(
            "这个终端 (TERM=dumb) 不能定位光标",
            "this terminal (TERM=dumb) cannot place a cursor"
        );
        return Err(Failure::new(Exit::Usage, what, help));
    }
    Ok(())
}

/// The margins of the terminal, as far as the setting and the environment tell.
fn margins(setting: &Setting) -> Margins {
    Margins::wanted(&setting.settings.margins, |name| std::env::var_os(name))
}

/// The app as settings, kept state, flags and file want it, and what it knows of the kept state.
pub fn prepared(
    setting: &Setting,
    (keymap, kept): (Arc<Keymap>, Option<Loaded>),
    workspace: &mut Workspace,
    start: &Start<'_>,
    now: Now,
) -> Result<(App, Kept), Failure> {
    let mut app = App {
        keymap,
        ..App::default()
    };
    let here = Surroundings {
        lang: setting.lang(),
        slow: Setting::is_remote(),
        boxes: margins(setting) == Margins::AllFour,
    };
    app.apply_settings(&setting.settings, here);
    let mut known = Kept::default();
    if let Some(loaded) = kept {
        app.restore_kept(&loaded.kept);
        // As this version understands it: only what is changed from here on is this console's doing.
        known = app.kept();
        if let Some(why) = loaded.unread {
            let file = setting.paths.kept(&setting.workspace());
            app.say_unread_state(&SafeText::new(&file.to_string_lossy()), why, now);
        }
    }
    if let Some(period) = setting.common.period {
        app.scope.period = period;
    }
    if let Some((org, name)) = setting.org(workspace, now.unix)? {
        (app.scope.org, app.org_name) = (Some(org), Some(name));
    }
    app.workspace = WorkspaceFacts {
        name: workspace.name().clone(),
        path: std::path::absolute(setting.workspace()).ok(),
        as_of: setting.common.as_of.clone(),
        fixed: workspace.fixed(),
        zone: workspace.zone(),
        // What is written now would not be seen in a past.
        read_only: workspace.access() == Access::ReadOnly || workspace.is_past(),
        waiting: workspace.waiting(),
        demo: workspace.is_demo(),
        loading: Some((0, 0)),
        ..WorkspaceFacts::default()
    };
    if let Some(text) = start.filter {
        app.start_with_filter(text).map_err(|(column, words)| {
            Failure::in_filter(Sentence::quoted(words), text, column, None)
        })?;
    }
    if let Some(presentation) = &start.presentation {
        app.start_presenting(presentation.pages.clone(), presentation.every, now);
        match (presentation.campaign.as_deref(), &mut app.projector) {
            (Some("none"), Some(projector)) => projector.without_campaign = true,
            (Some(wanted), _) => {
                app.panes.kpi.campaign = Some(super::rows::named(wanted, &workspace.campaigns()?)?);
            }
            (None, _) => {}
        }
    }
    Ok((app, known))
}

/// Brings what the store thread says into the loop.
fn posting(mailbox: Mailbox) -> crate::workspace::desk::Post {
    Arc::new(move |posted| match posted {
        Posted::Answer(slot, generation, answer) => mailbox.answer(slot, generation, *answer),
        Posted::Notice(notice) => mailbox.notice(notice),
    })
}

/// The theme a frame is drawn in: the projector has one of its own unless one was asked for.
pub fn theme_for<'a>(setting: &Setting, app: &'a App) -> &'a str {
    match &app.projector {
        Some(_) if setting.settings.theme == "default" => "projector",
        _ => app.look.theme.as_str(),
    }
}

/// Draws frames; theme and words follow `:theme` and `:lang`.
struct Brush<'a> {
    setting: &'a Setting,
    theme: Theme,
    /// Name of the theme.
    named: String,
    words: Words,
    /// When all of the frame was drawn; what is drawn over it is as of then.
    at: Now,
}

impl<'a> Brush<'a> {
    fn new(setting: &'a Setting, theme: Theme, words: Words, at: Now) -> Self {
        let named = setting.settings.theme.clone();
        Self {
            setting,
            theme,
            named,
            words,
            at,
        }
    }
}

impl Draw<App> for Brush<'_> {
    fn whole(&mut self, app: &App, now: Now, frame: &mut Buffer) -> Hits {
        // The projector has a theme of its own unless one was asked for.
        let wanted = theme_for(self.setting, app);
        if self.named != wanted {
            let theme = self.setting.theme(wanted);
            self.theme = theme.unwrap_or_else(|_| Theme::embedded("default"));
            wanted.clone_into(&mut self.named);
        }
        if self.words.lang() != app.look.lang {
            self.words = Words::new(app.look.lang);
        }
        self.at = now;
        let area = frame.area;
        crate::ui::draw(app, &self.theme, &self.words, now, area, frame)
    }

    fn lines(&mut self, app: &App, frame: &mut Buffer) -> Option<Vec<u16>> {
        crate::ui::draw_moved(app, &self.theme, &self.words, self.at, frame)
    }
}
