//! Owns the facts of the physics and the combat, one test each, all of them played together with their mirror image.

mod flight;
mod lab;
mod modifiers;
mod query;
mod snapshots;
mod collision;
