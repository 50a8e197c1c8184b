//! `caopan snapshot`: one frame without a terminal, through the console's own state and drawing.

use std::io::Write;

use clap::Args;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::panes::Pane;
use crate::app::state::App;
use crate::app::{Effect, Msg, Now};
use crate::config::words::Words;
use crate::engine::Disclosure;
use crate::engine::request::Notice;
use crate::ui::frame;
use crate::workspace::Workspace;

use super::console::{self, Presentation, Start};
use super::error::{Exit, Failure};
use super::options::{FrameFormat, PaneName};
use super::setting::Setting;
use super::when;
use crate::domain::{Sentence, sentence};

/// What `snapshot` takes.
#[derive(Debug, Args)]
pub struct SnapshotArguments {
    /// Which.
    #[arg(long, value_enum)]
    pub pane: PaneName,
    /// Columns x rows.
    #[arg(long, default_value = "120x40")]
    pub size: String,
    /// Projector page, from 1.
    #[arg(long, default_value_t = 1)]
    pub page: usize,
    /// How.
    #[arg(long, value_enum, default_value_t = FrameFormat::Text)]
    pub format: FrameFormat,
    /// Narrow to these customers.
    #[arg(long)]
    pub filter: Option<String>,
}

/// Questions a frame may lead to before something is wrong.
const ROUNDS: usize = 16;

/// Draws it.
pub fn run(
    setting: &Setting,
    wish: &SnapshotArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let size = size(&wish.size)?;
    let mut workspace = setting.open()?;
    let unix = workspace.begun().unwrap_or_else(when::now);
    let now = Now { millis: 0, unix };
    let presentation = (wish.pane == PaneName::Present).then(|| Presentation {
        pages: Vec::new(),
        every: 20_000,
        campaign: None,
    });
    let start = Start {
        filter: wish.filter.as_deref(),
        presentation,
        keeps: false,
    };
    let (mut app, _) = console::prepared(
        setting,
        (setting.keymap()?, None),
        &mut workspace,
        &start,
        now,
    )?;
    show_pane(&mut app, wish)?;
    workspace.disclose(if app.look.mask {
        Disclosure::Masked
    } else {
        Disclosure::Usual
    });
    workspace.load(&|_, _| {})?;
    app.workspace.loading = None;
    settle(&mut app, &mut workspace, size, now);
    let buffer = drawn(setting, &app, size, now)?;
    let text = match wish.format {
        FrameFormat::Text => frame::to_text(&buffer),
        FrameFormat::Ansi => frame::to_ansi(&buffer),
        FrameFormat::Svg => frame::to_svg(&buffer),
    };
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        writeln!(out)?;
    }
    Ok(Exit::Ok)
}

fn size(text: &str) -> Result<(u16, u16), Failure> {
    text.split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)))
        .filter(|(w, h)| (1..=1_000).contains(w) && (1..=500).contains(h))
        .ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                sentence!("{text:?} 不是尺寸", "{text:?} is not a size"),
                sentence!(
                    "写作 列x行, 如 120x40",
                    "write columns x rows, such as 120x40"
                ),
            )
        })
}

/// One pane fills the frame, except the overview, where the layout decides.
fn show_pane(app: &mut App, wish: &SnapshotArguments) -> Result<(), Failure> {
    let pane = match wish.pane {
        PaneName::Customers => Pane::Customers,
        PaneName::Tags => Pane::Tags,
        PaneName::Groups => Pane::Groups,
        PaneName::Kpi => Pane::Kpi,
        PaneName::Board => Pane::Board,
        PaneName::Overview => return Ok(()),
        PaneName::Present => {
            let projector = app.projector.as_mut();
            return match projector.filter(|p| (1..=p.pages.len()).contains(&wish.page)) {
                Some(projector) => {
                    projector.at = wish.page - 1;
                    Ok(())
                }
                None => Err(Failure::new(
                    Exit::Usage,
                    sentence!(
                        "没有第 {page} 页",
                        "there is no page {page}",
                        page = Sentence::quoted(wish.page)
                    ),
                    sentence!("页: 1, 2, 3", "pages: 1, 2, 3"),
                )),
            };
        }
    };
    app.focus = pane;
    app.zoom = true;
    Ok(())
}

/// Asks what the app asks until it asks nothing more.
fn settle(app: &mut App, workspace: &mut Workspace, size: (u16, u16), now: Now) {
    let as_of = workspace.as_of(now.unix);
    let mut effects = app.update(Msg::Resize(size.0, size.1), now);
    effects.extend(app.update(Msg::Notice(Notice::Ready), now));
    for _ in 0..ROUNDS {
        let mut next = Vec::new();
        for effect in effects {
            match effect {
                Effect::Ask(slot, generation, question) => {
                    if let Some(answer) = workspace.answer(&question, as_of) {
                        next.extend(
                            app.update(Msg::Answer(slot, generation, Box::new(answer)), now),
                        );
                    }
                }
                Effect::Mask(on) => workspace.disclose(if on {
                    Disclosure::Masked
                } else {
                    Disclosure::Usual
                }),
                Effect::Forget(_)
                | Effect::Copy(_)
                | Effect::Do(_)
                | Effect::Mouse(_)
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Save
                | Effect::Cancel
                | Effect::Ahead(_)
                | Effect::Quit => {}
            }
        }
        if next.is_empty() {
            return;
        }
        effects = next;
    }
}

fn drawn(setting: &Setting, app: &App, size: (u16, u16), now: Now) -> Result<Buffer, Failure> {
    let named = console::theme_for(setting, app);
    let theme = setting.theme(named)?;
    let area = Rect::new(0, 0, size.0, size.1);
    let mut buffer = Buffer::empty(area);
    crate::ui::draw(
        app,
        &theme,
        &Words::new(app.look.lang),
        now,
        area,
        &mut buffer,
    );
    Ok(buffer)
}
