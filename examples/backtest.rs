//! How well the forecasts do on your own finished sprints, beside naive baselines.
//!
//! ```text
//! cargo run --release --example backtest -- --data my-sprints/ --eval calib --charts charts/
//! cargo run --release --example backtest -- --data my-sprints/ --train other-sprints/ --predictions forecasts.csv
//! ```
//!
//! Without `--train`, models are fitted on the sprints before the evaluated part: on `train` for `--eval calib`, on `train` and
//! `calib` for `--eval test`. The parts are those of the column `split` of the table, where it has one; otherwise the first
//! 50 %, the next 20 % and the last 30 % of each project's estimated sprints. With `--train`, models are fitted on every
//! estimated sprint there, and every sprint of `--data` is evaluated, its history its own project's earlier sprints.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(juno_cli::main_of("backtest", std::env::args_os()))
}
