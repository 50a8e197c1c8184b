//! WeCom's server API: a client, its pages, and the plan by which a sync brings them into the workspace.
