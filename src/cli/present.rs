//! `caopan present`: the console as a projector, whose pages turn by themselves.

use clap::Args;

use super::console::{self, Presentation, Start};
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::when;
use crate::app::state::ProjectorPage;
use crate::domain::sentence;

/// What `present` takes.
#[derive(Debug, Args)]
pub struct PresentArguments {
    /// Seconds a page.
    #[arg(long, default_value = "20s")]
    pub every: String,
    /// Pages: target,board,groups.
    #[arg(long, value_delimiter = ',')]
    pub views: Vec<String>,
    /// Campaign on the first page: its id or part of its name, or `none` [default: the one that misses most].
    #[arg(long, value_name = "ID|NAME|none")]
    pub campaign: Option<String>,
}

/// Runs the console in projector mode; nothing of it is kept for the next time.
pub fn run(setting: &Setting, wish: &PresentArguments) -> Result<Exit, Failure> {
    let presentation = Presentation {
        pages: pages(&wish.views)?,
        every: when::every(&wish.every)?,
        campaign: wish.campaign.clone(),
    };
    let start = Start {
        filter: None,
        presentation: Some(presentation),
        keeps: false,
    };
    console::run(setting, &start)
}

/// Pages by name.
fn pages(names: &[String]) -> Result<Vec<ProjectorPage>, Failure> {
    names
        .iter()
        .map(|name| match name.as_str() {
            "target" => Ok(ProjectorPage::Target),
            "board" => Ok(ProjectorPage::Board),
            "groups" => Ok(ProjectorPage::Groups),
            other => Err(Failure::new(
                Exit::Usage,
                sentence!("没有页 {other:?}", "there is no page {other:?}"),
                sentence!("页: target, board, groups", "pages: target, board, groups"),
            )),
        })
        .collect()
}
