//! Arguments of the commands. Each of `run` can also be set by the environment, for the chart.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::Uri;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "podium",
    version,
    about = "Trains models in pods, logs to MLflow, promotes models on evidence"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the operator.
    Run(RunArgs),
    /// Print the parameters of every learner as Markdown.
    Learners,
    /// Print the custom resource definitions as YAML.
    Crd(CrdArgs),
    /// Check manifests without an API server. Exit code 1 when one would be refused.
    Check(CheckArgs),
    /// Show the progress of a pipeline, version or sweep until it ends. Exit code 0 when it ended as asked, 1 when otherwise.
    Follow(FollowArgs),
    /// Search parameters of a command without a cluster. Exit code 0 when there is a best trial, 1 when none is, 130 when
    /// interrupted: the same command goes on later.
    Search(SearchArgs),
}

/// Arguments of `podium run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The operator's configuration, YAML.
    #[arg(long, env = "PODIUM_CONFIG", value_name = "FILE")]
    pub config: PathBuf,
    /// Folder with the operator's own MLflow login: the file `token`, or `username` and `password`.
    #[arg(long, env = "PODIUM_LOGIN_DIR", value_name = "DIR")]
    pub login_dir: Option<PathBuf>,
    /// Address of /healthz, /readyz and /metrics.
    #[arg(long, env = "PODIUM_LISTEN", value_name = "ADDR", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// Address of the trial service, which workers of sweeps call. Without it there are no sweeps.
    #[arg(long, env = "PODIUM_TRIALS_LISTEN", value_name = "ADDR", requires = "trials_uri")]
    pub trials_listen: Option<SocketAddr>,
    /// The trial service as pods reach it, https://HOST:PORT.
    #[arg(long, env = "PODIUM_TRIALS_URI", value_name = "URI", requires = "trials_listen", value_parser = trials_uri)]
    pub trials_uri: Option<String>,
    /// Lease by which one of several replicas leads; its namespace is the operator's own.
    #[arg(long, env = "PODIUM_LEADER_ELECTION", value_name = "NAMESPACE/NAME", value_parser = lease)]
    pub leader_election: ObjectName,
    /// Who this replica is, unique among them: the pod's name.
    #[arg(long, env = "PODIUM_IDENTITY", value_name = "NAME")]
    pub identity: String,
    /// Watch this namespace alone, with rights in no other. Without it: all namespaces of the configuration.
    #[arg(long, env = "PODIUM_NAMESPACE", value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Form of the logs.
    #[arg(long, env = "PODIUM_LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
}

/// Name of a namespaced object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Form of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Arguments of `podium crd`.
#[derive(Debug, Clone, Args)]
pub struct CrdArgs {
    /// Only this kind, for example TrainingPipeline, trainingpipelines or tp.
    pub kind: Option<String>,
}

/// Arguments of `podium check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// YAML or JSON files, each with one document or several; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The operator's configuration: names of namespaces and models are checked against it too.
    #[arg(long, env = "PODIUM_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `podium follow`.
#[derive(Debug, Clone, Args)]
pub struct FollowArgs {
    /// What to follow: trainingpipeline/NAME, modelversion/NAME or hyperparametersweep/NAME, as for kubectl; tp, mv and hps
    /// are short for them.
    #[arg(required = true, num_args = 1..=2, value_name = "KIND/NAME")]
    pub target: Vec<String>,
    /// Its namespace. Default: that of the current context.
    #[arg(long, short)]
    pub namespace: Option<String>,
    /// What must have happened at the end for exit code 0. A sweep is only ever finished.
    #[arg(long, value_enum, default_value_t = Until::Finished)]
    pub until: Until,
    /// Give up after this many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
}

/// Arguments of `podium search`.
#[derive(Debug, Clone, Args)]
pub struct SearchArgs {
    /// A HyperparameterSweep, YAML or JSON; `-` is the standard input.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub file: PathBuf,
    /// Where trials, their outputs and the report go, and from where the search goes on. Default:
    /// ./podium-search/NAME, by the sweep's name.
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Trials at the same time, instead of the sweep's own number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub parallelism: Option<u32>,
    /// Run the trials again that failed before, with their numbers and parameters.
    #[arg(long)]
    pub retry_failed: bool,
    /// Seconds between SIGTERM and SIGKILL for a trial that is to stop.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub grace_period: u64,
    /// One trial: a program and its arguments. `{name}` stands for the value of a parameter, `{{` for a brace.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// What must have happened at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// The run ended with a model; its version, if any, was judged, whichever way. Or the sweep ended with a best trial.
    Finished,
    /// The version of this run got the alias.
    Promoted,
    /// A gate refused the version of this run, and the alias stayed where it was.
    Refused,
}

impl Until {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Promoted => "promoted",
            Self::Refused => "refused",
        }
    }
}

fn lease(text: &str) -> Result<ObjectName, String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(ObjectName { namespace: namespace.to_owned(), name: name.to_owned() })
        }
        _ => Err("expected NAMESPACE/NAME, for example podium/podium-leader".to_owned()),
    }
}

/// An address without a path: the calls have their own.
fn trials_uri(text: &str) -> Result<String, String> {
    let uri: Option<Uri> = text.parse().ok();
    let fits = uri.is_some_and(|uri| {
        uri.scheme_str() == Some("https")
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.path_and_query().is_none_or(|path| path == "/")
    });
    if fits {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("expected https://HOST:PORT, for example https://podium-trials.podium.svc:8443".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_lease_without_its_namespace_is_refused() {
        let expected = ObjectName { namespace: "podium".into(), name: "leader".into() };
        assert_eq!(lease("podium/leader"), Ok(expected));
        for wrong in ["leader", "/leader", "podium/", "a/b/c"] {
            assert!(lease(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_trial_service_is_called_by_https_and_has_no_path() {
        let uri = "https://podium-trials.podium.svc:8443";
        assert_eq!(trials_uri(uri).as_deref(), Ok(uri));
        assert_eq!(trials_uri("https://10.0.0.1/").as_deref(), Ok("https://10.0.0.1"));
        for wrong in
            ["http://a:8443", "a:8443", "https://", "https:///x", "https://a/v1", "https://a/?b", "/"]
        {
            assert!(trials_uri(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_trial_service_needs_both_its_addresses() {
        let base = ["podium", "run", "--config", "c", "--leader-election", "a/b", "--identity", "i"];
        let with = |more: &[&str]| Cli::try_parse_from(base.iter().chain(more)).is_ok();
        let (listen, uri) = (["--trials-listen", "0.0.0.0:8443"], ["--trials-uri", "https://a:8443"]);
        assert!(with(&[]) && with(&[listen, uri].concat()));
        assert!(!with(&listen) && !with(&uri));
    }
}
