//! What the code says about settings, routes and where programs start. Code before tests, then by file and line.

use quillon_workspace::Role;

use super::{EntryFound, RouteFound, SettingRead};
use crate::index::Index;
use crate::strings::NONE;

/// The most that is given of one sort.
pub const FOUND_PER_SORT_MAX: usize = 5_000;

impl Index {
    /// The places that read environment variables and configuration keys.
    #[must_use]
    pub fn settings(&self) -> Vec<SettingRead<'_>> {
        let read = self.living().flat_map(|(place, document)| {
            document.said().settings.iter().map(move |setting| SettingRead {
                name: &setting.name,
                source: setting.source,
                path: &document.path,
                line: setting.span.lines.first,
                within: self.around(place, setting.within.unwrap_or(NONE)),
                role: document.role,
            })
        });
        let mut found: Vec<_> = read.take(FOUND_PER_SORT_MAX).collect();
        found.sort_by_key(|found| (found.role == Role::Test, found.name, found.path, found.line));
        found
    }

    /// The places that answer HTTP requests.
    #[must_use]
    pub fn routes(&self) -> Vec<RouteFound<'_>> {
        let routes = self.living().flat_map(|(place, document)| {
            document.said().routes.iter().map(move |route| RouteFound {
                method: &route.method,
                route: &route.path,
                handler: route.handler.as_deref(),
                path: &document.path,
                line: route.span.lines.first,
                within: self.around(place, route.within.unwrap_or(NONE)),
                role: document.role,
            })
        });
        let mut found: Vec<_> = routes.take(FOUND_PER_SORT_MAX).collect();
        found.sort_by_key(|found| {
            (found.role == Role::Test, found.path, found.line, found.route, found.method)
        });
        found
    }

    /// The places where programs start.
    #[must_use]
    pub fn entry_points(&self) -> Vec<EntryFound<'_>> {
        let entries = self.living().flat_map(|(place, document)| {
            document.said().entry_points.iter().map(move |entry| EntryFound {
                path: &document.path,
                lines: entry.span.lines,
                within: self.around(place, entry.within.unwrap_or(NONE)),
                role: document.role,
            })
        });
        let mut found: Vec<_> = entries.take(FOUND_PER_SORT_MAX).collect();
        found.sort_by_key(|found| (found.role != Role::Source, found.path.matches('/').count(), found.path));
        found
    }
}
