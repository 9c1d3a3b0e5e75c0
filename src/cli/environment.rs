//! The process's surroundings, read once and passed along as a value.

use std::io::IsTerminal as _;
#[cfg(feature = "helm")]
use std::path::PathBuf;

use super::arguments::OutputArguments;
use super::view::style::Style;
#[cfg(feature = "azure")]
use crate::providers::azure::AzureEnvironment;

/// What the process was started with, apart from its arguments.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// `TIDEGATE_VAR_x`, without the prefix.
    pub(super) variables: Vec<(String, String)>,
    /// Whether someone can answer a question.
    pub(super) can_ask: bool,
    /// Whether progress can be drawn over.
    pub(super) live: bool,
    pub(super) out: Style,
    pub(super) err: Style,
    pub(super) host: String,
    /// Whose name to call Azure in, if the environment says.
    #[cfg(feature = "azure")]
    pub(super) azure: AzureEnvironment,
    /// Where fetched charts are kept: `TIDEGATE_CACHE_DIR`, or `tidegate` in the user's cache.
    #[cfg(feature = "helm")]
    pub(super) cache: Option<PathBuf>,
    /// Where Helm and Docker keep who asks a registry, the most particular one last.
    #[cfg(feature = "helm")]
    pub(super) registry_configs: Vec<PathBuf>,
}

const PREFIX: &str = "TIDEGATE_VAR_";

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(super) fn read(output: &OutputArguments) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let no_color = output.no_color || set("NO_COLOR") || std::env::var("TERM").as_deref() == Ok("dumb");
        let out_terminal = std::io::stdout().is_terminal();
        let err_terminal = std::io::stderr().is_terminal();
        let width = terminal_width();
        let unicode = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .is_none_or(|locale| locale.to_uppercase().contains("UTF"));
        let style = |terminal: bool| Style {
            colour: !no_color && (terminal || set("CLICOLOR_FORCE")),
            width: if terminal { width } else { 100 },
            unicode,
        };
        Self {
            variables: std::env::vars()
                .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value)))
                .collect(),
            can_ask: std::io::stdin().is_terminal() && err_terminal,
            live: err_terminal && !output.json && !set("CI"),
            out: style(out_terminal),
            err: style(err_terminal),
            host: host_name(),
            #[cfg(feature = "azure")]
            azure: azure(),
            #[cfg(feature = "helm")]
            cache: cache(),
            #[cfg(feature = "helm")]
            registry_configs: registry_configs(),
        }
    }
}

#[cfg(feature = "azure")]
#[expect(clippy::disallowed_methods, reason = "the one file that reads the environment")]
fn azure() -> AzureEnvironment {
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    AzureEnvironment {
        tenant: text("AZURE_TENANT_ID"),
        client: text("AZURE_CLIENT_ID"),
        client_secret: text("AZURE_CLIENT_SECRET"),
        subscription: text("AZURE_SUBSCRIPTION_ID"),
        endpoint: text("AZURE_RESOURCE_MANAGER_URL"),
    }
}

#[cfg(feature = "helm")]
#[expect(clippy::disallowed_methods, reason = "the one file that reads the environment")]
fn folder(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(feature = "helm")]
fn cache() -> Option<PathBuf> {
    let usual = || folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    folder("TIDEGATE_CACHE_DIR").or_else(|| Some(usual()?.join("tidegate")))
}

#[cfg(feature = "helm")]
fn registry_configs() -> Vec<PathBuf> {
    let home = |rest: &str| folder("HOME").map(|home| home.join(rest));
    let docker = folder("DOCKER_CONFIG").or_else(|| home(".docker")).map(|folder| folder.join("config.json"));
    let config = folder("XDG_CONFIG_HOME").or_else(|| home(".config"));
    let helm = folder("HELM_REGISTRY_CONFIG").or_else(|| Some(config?.join("helm/registry/config.json")));
    docker.into_iter().chain(helm).collect()
}

/// In columns.
fn terminal_width() -> usize {
    let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(100, |(width, _)| usize::from(width.0));
    width.clamp(40, 160)
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "this machine".to_owned() } else { name.to_owned() }
}
