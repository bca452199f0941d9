mod fixture;
mod flow;
mod laws;
mod replay;
mod sprints;
mod staleness;
mod traps;
