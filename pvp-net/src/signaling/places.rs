//! Owns how many connections there are: in all, from one address, not yet arrived, and being refused.
//! Must not talk to any of them.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

use super::limits::{REFUSING_MAX, SignalingLimits};
use crate::room::RoomRefusal;

#[derive(Debug, Default)]
struct Counts {
    visitors: u32,
    by_network: HashMap<IpAddr, u32>,
    refusing: u32,
    /// Those that have not asked for a room yet, oldest first.
    arriving: BTreeMap<u64, Option<AbortHandle>>,
    arrivals: u64,
}

/// All places that the server has to give.
#[derive(Debug)]
pub(super) struct Places {
    counts: Mutex<Counts>,
    visitors_max: u32,
    visitors_per_network_max: u32,
    arriving_max: usize,
}

/// A connection's place; given back when dropped.
#[derive(Debug)]
pub(super) enum Place {
    /// Counted among the visitors.
    Visitor { places: Arc<Places>, network: IpAddr },
    /// Stays only to hear why it is not let in.
    Refused { places: Arc<Places> },
}

/// A connection that has not asked for a room yet.
#[derive(Debug)]
pub(super) struct Arrival {
    places: Arc<Places>,
    number: u64,
}

impl Places {
    pub(super) fn new(limits: &SignalingLimits) -> Arc<Self> {
        Arc::new(Self {
            counts: Mutex::default(),
            visitors_max: limits.visitors_max,
            visitors_per_network_max: limits.visitors_per_address_max,
            arriving_max: limits.arriving_max.max(1) as usize,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn visitors(&self) -> u32 {
        self.lock().visitors
    }

    /// Gives a place to a connection.
    ///
    /// # Errors
    /// [`RoomRefusal::ServerFull`] and [`RoomRefusal::AddressFull`].
    pub(super) fn admit(self: &Arc<Self>, from: IpAddr) -> Result<Place, RoomRefusal> {
        let network = network_of(from);
        let mut counts = self.lock();
        if counts.visitors >= self.visitors_max {
            return Err(RoomRefusal::ServerFull);
        }
        let of_network = counts.by_network.entry(network).or_insert(0);
        if *of_network >= self.visitors_per_network_max {
            return Err(RoomRefusal::AddressFull);
        }
        *of_network += 1;
        counts.visitors += 1;
        Ok(Place::Visitor {
            places: self.clone(),
            network,
        })
    }

    /// A place for hearing a refusal, if there is one.
    pub(super) fn admit_refused(self: &Arc<Self>) -> Option<Place> {
        let mut counts = self.lock();
        if counts.refusing >= REFUSING_MAX {
            return None;
        }
        counts.refusing += 1;
        Some(Place::Refused { places: self.clone() })
    }

    /// Notes a connection that has not asked for a room yet; if there are too many of them, the oldest is ended.
    /// Returns whether one was.
    pub(super) fn arrive(self: &Arc<Self>) -> (Arrival, bool) {
        let mut counts = self.lock();
        counts.arrivals += 1;
        let number = counts.arrivals;
        let is_crowded = counts.arriving.len() >= self.arriving_max;
        let oldest = is_crowded.then(|| counts.arriving.pop_first()).flatten();
        counts.arriving.insert(number, None);
        drop(counts);
        // It gives its place back while it ends.
        if let Some((_, Some(task))) = oldest {
            task.abort();
        }
        let arrival = Arrival {
            places: self.clone(),
            number,
        };
        (arrival, is_crowded)
    }

    /// Tells which task serves an arrival, so that it can be ended.
    pub(super) fn note_task(&self, number: u64, task: AbortHandle) {
        if let Some(place) = self.lock().arriving.get_mut(&number) {
            *place = Some(task);
        }
    }
}

impl Arrival {
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.places.lock().arriving.remove(&self.number);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Self::Visitor { places, network } => {
                let mut counts = places.lock();
                counts.visitors -= 1;
                if let Some(of_network) = counts.by_network.get_mut(network) {
                    *of_network -= 1;
                    if *of_network == 0 {
                        counts.by_network.remove(network);
                    }
                }
            }
            Self::Refused { places } => places.lock().refusing -= 1,
        }
    }
}

/// What counts as one address: an IPv6 visitor has at least 64 bits of addresses to itself.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(visitors_max: u32, visitors_per_address_max: u32) -> Arc<Places> {
        Places::new(&SignalingLimits {
            visitors_max,
            visitors_per_address_max,
            ..SignalingLimits::default()
        })
    }

    #[test]
    fn places_are_limited_in_all_and_by_address_and_come_back() {
        let places = places(3, 2);
        let [near, far] = ["127.0.0.1", "127.0.0.2"].map(|text| text.parse().expect("an address"));
        let mut held: Vec<_> = (0..2).map(|_| places.admit(near).expect("a place")).collect();
        assert_eq!(places.admit(near).expect_err("two are here"), RoomRefusal::AddressFull);
        held.push(places.admit(far).expect("a place"));
        assert_eq!(places.admit(far).expect_err("three are here"), RoomRefusal::ServerFull);
        held.clear();
        assert_eq!(places.visitors(), 0);
        assert!(places.lock().by_network.is_empty(), "nothing is kept of those who left");
    }

    #[test]
    fn one_network_of_ipv6_counts_as_one_address() {
        let places = places(10, 1);
        let _held = places.admit("2001:db8::1".parse().expect("an address"));
        let same = places.admit("2001:db8::ffff:1".parse().expect("an address"));
        assert_eq!(same.expect_err("the same network"), RoomRefusal::AddressFull);
        assert!(places.admit("2001:db8:0:1::1".parse().expect("an address")).is_ok());
    }

    #[test]
    fn those_that_are_refused_are_few_at_a_time() {
        let places = places(0, 0);
        let held: Vec<_> = std::iter::from_fn(|| places.admit_refused()).collect();
        assert_eq!(held.len(), REFUSING_MAX as usize);
        drop(held);
        assert!(places.admit_refused().is_some());
    }
}
