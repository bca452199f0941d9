mod confidence;
mod end_to_end;
mod fixture;
mod people;
mod purity;
mod replay;
mod silence;
mod view;
