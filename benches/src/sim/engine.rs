//! Owns what an engine must be able to do to be measured.
//!
//! The scenes themselves are `pvp_sim::scenario::Load`, drawn in integers; an engine converts to its own numbers.

/// An engine that runs a load scene.
pub trait Engine {
    /// A saved world.
    type Snapshot;

    /// One frame: inputs, shots that are due, physics.
    fn step(&mut self);
    /// Keeps the whole world.
    fn save(&self) -> Self::Snapshot;
    /// Goes back to a saved world.
    fn restore(&mut self, snapshot: &Self::Snapshot);
    /// A digest of the whole world.
    fn checksum(&self) -> u64;
    /// The size of the world as bytes for the wire.
    fn snapshot_bytes(&self) -> usize;
    /// How many projectiles in flight are outside the walls: none, unless something tunneled.
    fn projectiles_outside(&self) -> usize;
}
