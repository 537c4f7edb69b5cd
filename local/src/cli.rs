//! The command line.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use serde::Serialize;

use crate::bill::BillCommand;
use crate::clients::ClientCommand;
use crate::clock::ClockCommand;
use crate::commands::{ImportCommand, KeysCommand};
use crate::control::SERVER;
use crate::credit::CreditCommand;
use crate::demo::clients;
use crate::erasures::ErasuresCommand;
use crate::events::EventsCommand;
use crate::failure::Failure;
use crate::guard::GuardCommand;
use crate::options::Source;
use crate::page::postman;
use crate::pay::PayCommand;
use crate::payments::PaymentsCommand;
use crate::print;
use crate::queues::QueueCommand;
use crate::series::SeriesCommand;
use crate::serve::{self, Bundle, Serve};
use crate::template::Template;
use crate::usage::UsageCommand;

/// Exit status for a failure, the same as `clap`'s.
const FAILED: u8 = 2;

/// Runs the bundle on this machine, and operates a deployed one
#[derive(Debug, Parser)]
#[command(name = "selfcare", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default command)
    Serve(Serve),
    Operations(Operations),
    Import(ImportCommand),
    Client(ClientCommand),
    Keys(KeysCommand),
    Usage(UsageCommand),
    Queue(QueueCommand),
    Clock(ClockCommand),
    Bill(BillCommand),
    Series(SeriesCommand),
    Credit(CreditCommand),
    Guard(GuardCommand),
    Pay(PayCommand),
    Payments(PaymentsCommand),
    Erasures(ErasuresCommand),
    Events(EventsCommand),
    Completions(Completions),
}

/// List the operations, or print them as a Postman collection
#[derive(Debug, Args)]
struct Operations {
    /// Print a Postman collection of all operations, with the demo's client
    #[arg(long)]
    postman: bool,
    /// Print JSON instead of a table
    #[arg(long, conflicts_with = "postman")]
    json: bool,
    /// The server that the collection is for
    #[arg(long, value_name = "URL", default_value = SERVER, requires = "postman")]
    server: String,
    #[command(flatten)]
    source: Source,
}

impl Operations {
    fn text(&self) -> Result<String, Failure> {
        if self.postman {
            return Ok(format!(
                "{:#}\n",
                postman::collection(self.server.trim_end_matches('/'), clients::portal().as_ref())
            ));
        }
        let rows = operations(&self.source.read()?);
        if self.json { print::json(&rows) } else { Ok(table(&rows)) }
    }
}

/// Print the completions of a shell, for example `selfcare completions bash > ~/.local/share/bash-completion/completions/selfcare`
#[derive(Debug, Args)]
struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    fn text(&self) -> String {
        let mut command = CommandLine::command();
        let (name, mut script) = (command.get_name().to_owned(), Vec::new());
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        String::from_utf8_lossy(&script).into_owned()
    }
}

/// Runs a command line. `open` opens the bundle when there is something to serve.
pub async fn run<Open>(arguments: impl IntoIterator<Item = OsString>, open: Open) -> ExitCode
where
    Open: AsyncFnOnce(&Template, &Serve, &str) -> Result<Bundle, Failure>,
{
    let done = match parse(arguments) {
        Ok(command_line) => carry_out(command_line, open).await,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            error.print().map_err(Failure::from)
        }
        // Its first line is the program's description, which is no error message.
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure("a command is missing; `--help` lists them".to_owned()))
        }
        Err(error) => Err(Failure(first_line(&error))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If even this cannot be written, there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::from(FAILED)
        }
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<CommandLine, clap::Error> {
    let matches = CommandLine::command().try_get_matches_from(arguments)?;
    CommandLine::from_arg_matches(&matches)
}

async fn carry_out<Open>(command_line: CommandLine, open: Open) -> Result<(), Failure>
where
    Open: AsyncFnOnce(&Template, &Serve, &str) -> Result<Bundle, Failure>,
{
    match command_line.command.unwrap_or(Command::Serve(command_line.serve)) {
        Command::Serve(options) => serve::serve(&options, open).await,
        Command::Import(command) => command.run().await,
        Command::Client(command) => command.run().await,
        Command::Keys(command) => command.run().await,
        Command::Usage(command) => command.run().await,
        Command::Queue(command) => command.run().await,
        Command::Clock(command) => command.run().await,
        Command::Bill(command) => command.run().await,
        Command::Series(command) => command.run().await,
        Command::Credit(command) => command.run().await,
        Command::Guard(command) => command.run().await,
        Command::Pay(command) => command.run().await,
        Command::Payments(command) => command.run().await,
        Command::Erasures(command) => command.run().await,
        Command::Events(command) => command.run().await,
        Command::Operations(command) => print::say(&command.text()?),
        Command::Completions(command) => print::say(&command.text()),
    }
}

/// An operation, or everything else.
#[derive(Debug, Serialize)]
struct Operation {
    method: String,
    path: String,
    function: String,
}

/// The operations, without the second route for a final slash and that for HEAD; last of all, everything else.
fn operations(template: &Template) -> Vec<Operation> {
    let row = |(method, path, function): (&str, &str, &str)| {
        let [method, path, function] = [method, path, function].map(str::to_owned);
        Operation { method, path, function }
    };
    let routes = template.routes.iter().filter(|route| route.method != "HEAD" && !route.path.ends_with("/{proxy+}"));
    let routes = routes.map(|route| (&*route.method, &*route.path, &*route.function));
    routes.chain([("ANY", "*", &*template.default_function)]).map(row).collect()
}

fn table(operations: &[Operation]) -> String {
    let rows = operations.iter().map(|Operation { method, path, function }| {
        let path = if path == "*" { "everything else" } else { path };
        [method, path, function].map(ToOwned::to_owned)
    });
    print::list(["method", "path", "function"], rows, &[], "no operations")
}

/// The sentence of a parser error, without `error:` and usage.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let sentence: Vec<_> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    sentence.join(" ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clients::Secrecy;

    fn line(arguments: &[&str]) -> Result<CommandLine, String> {
        let arguments = ["selfcare"].iter().chain(arguments).map(OsString::from);
        parse(arguments).map_err(|error| first_line(&error))
    }

    #[test]
    fn serving_is_what_happens_without_a_command() {
        for arguments in [&["--port", "0", "--json"][..], &["serve", "--port", "0", "--json"]] {
            let line = line(arguments).unwrap();
            let options = match line.command {
                Some(Command::Serve(options)) => options,
                _ => line.serve,
            };
            assert_eq!((options.port, options.json, options.empty, options.source.country), (0, true, false, None));
        }
        assert_eq!(line(&[]).unwrap().serve.port, 3000);
    }

    #[test]
    fn the_clock_takes_times_with_any_offset() {
        let at = |text: &str| line(&["--clock", text]).map(|line| line.serve.clock.unwrap().to_rfc3339());
        assert_eq!(at("2025-01-15T12:00:00Z").unwrap(), "2025-01-15T12:00:00+00:00");
        assert_eq!(at("2025-01-15T07:00:00-05:00").unwrap(), "2025-01-15T12:00:00+00:00");
        assert!(at("yesterday").unwrap_err().contains("2025-01-15T12:00:00Z"));
    }

    #[test]
    fn an_error_is_one_line() {
        for (arguments, expected) in [
            (&["--prot", "1"][..], "unexpected argument '--prot' found"),
            (&["--port", "70000"], "invalid value '70000' for '--port <N>': 70000 is not in 0..=65535"),
            (&["dance"], "unrecognized subcommand 'dance'"),
            (&["serve", "--data"], "a value is required for '--data <FILE>' but none was supplied"),
        ] {
            assert_eq!(line(arguments).unwrap_err(), expected);
        }
    }

    #[test]
    fn the_stores_open_on_private_addresses_alone() {
        let on = |address| line(&["--stores", "8000", "--stores-on", address]).map(|line| line.serve.stores);
        for address in ["127.0.0.1", "172.17.0.1", "10.0.0.8", "192.168.65.1", "::1", "fd00::1"] {
            let stores = on(address).unwrap();
            assert_eq!((stores.port, stores.on), (Some(8000), Some(address.parse().unwrap())));
        }
        for address in
            ["0.0.0.0", "::", "8.8.8.8", "::ffff:8.8.8.8", "172.32.0.1", "169.254.169.254", "2001:db8::1", "a"]
        {
            on(address).unwrap_err();
        }
        assert_eq!(line(&[]).unwrap().serve.stores.port, None);
    }

    #[test]
    fn stores_for_containers_keep_the_containers_time() {
        line(&["--stores-on", "172.17.0.1"]).unwrap_err();
        line(&["--stores", "8000", "--clock", "2025-01-15T12:00:00Z"]).unwrap_err();
    }

    #[test]
    fn secrets_are_published_where_this_machine_comes_in_alone() {
        for (arguments, expected) in [
            (&[][..], Secrecy::Published),
            (&["--listen", "127.0.0.2"], Secrecy::Published),
            (&["--listen", "::1", "--empty"], Secrecy::Published),
            (&["--allowed-origins", "http://localhost:5173"], Secrecy::Published),
            (&["--allowed-origins", "*"], Secrecy::Own),
            (&["--listen", "192.168.1.20"], Secrecy::Own),
            (&["--listen", "192.168.1.20", "--empty"], Secrecy::Own),
            (&["--stores", "8000"], Secrecy::Own),
            (&["--stores", "8000", "--stores-on", "172.17.0.1"], Secrecy::Own),
        ] {
            assert_eq!(line(arguments).unwrap().serve.secrecy(), expected, "{arguments:?}");
        }
        for wrong in ["0.0.0.0", "::", "everywhere"] {
            line(&["--listen", wrong]).unwrap_err();
        }
    }

    #[test]
    fn completions_know_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = Completions { shell }.text();
            for command in CommandLine::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
            assert!(script.contains("rotate-secret"), "{shell}");
        }
    }

    #[test]
    fn the_operations_of_the_template_are_listed() {
        let source = Source { country: None, template: None };
        let table = table(&operations(&source.read().unwrap()));
        assert!(table.starts_with("method  path "), "{table}");
        assert!(table.contains("\nGET     /plans/subscribers/{MSISDN}/current"), "{table}");
        assert!(table.ends_with("not-found\n") && table.lines().count() == 1 + 51 + 4 + 2, "{table}");
        assert!(!table.contains("HEAD"), "{table}");
        assert!(!table.contains("proxy"), "{table}");
    }
}
