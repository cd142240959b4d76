//! Owns the facts of the physics and the combat, one test each, all of them played together with their mirror image.

mod combat;
mod damage;
mod flight;
mod inside;
mod lab;
mod mirror;
mod modifiers;
mod movement;
mod numbers;
mod query;
mod requests;
mod senseless;
mod snapshots;
mod weapons;
mod collision;
