//! Phase "requests": accepts weapon requests, applies the host's commits, and falls back at the deadline.
//! Must not look at anything but confirmed inputs and committed content.

use super::Scene;
use crate::content::Content;
use crate::event::Event;
use crate::input::{Input, PlayerId};
use crate::modifier::{ModKind, Modifier};
use crate::weapon::fallback_weapon;

pub(super) fn run(scene: &mut Scene<'_>) {
    for number in 0..scene.parts.players.len() {
        accept_request(scene, number);
    }
    apply_commit(scene);
    for number in 0..scene.parts.players.len() {
        fall_back(scene, number);
    }
    end_modifiers(scene);
}

/// A changed counter is a request; it opens unless another is open or the cooldown still runs.
fn accept_request(scene: &mut Scene<'_>, number: usize) {
    let Input {
        request_seq,
        archetype_hint,
        ..
    } = scene.inputs[number];
    let player = &mut scene.parts.players[number];
    player.forge_cooldown_frames = player.forge_cooldown_frames.saturating_sub(1);
    if player.request_seq == u32::from(request_seq) {
        return;
    }
    player.request_seq = u32::from(request_seq);
    let id = PlayerId(number as u8);
    if player.request_frame != 0 || player.forge_cooldown_frames != 0 {
        player.refused_count = player.refused_count.saturating_add(1);
        scene.events.push(Event::RequestRefused {
            player: id,
            request_seq,
        });
        return;
    }
    player.open_seq = u32::from(request_seq);
    player.request_hint = u32::from(archetype_hint);
    player.request_frame = scene.parts.world.frame + 1;
    player.forge_cooldown_frames = scene.def.rules.forge_cooldown_frames;
    scene.events.push(Event::RequestAccepted {
        player: id,
        request_seq,
    });
}

/// A changed commit counter in the host's input commits the content of the named slot.
fn apply_commit(scene: &mut Scene<'_>) {
    let host = scene.def.rules.host.index();
    let Some(player) = scene.parts.players.get_mut(host) else {
        return;
    };
    let Input {
        commit_seq,
        commit_slot,
        ..
    } = scene.inputs[host];
    if player.commit_seq == u32::from(commit_seq) {
        return;
    }
    player.commit_seq = u32::from(commit_seq);
    let answered = scene.content.slot(commit_slot).copied().filter(|content| {
        let (player, request_seq) = content.answers();
        let open = scene
            .parts
            .players
            .get(player.index())
            .and_then(|player| player.open_request());
        open.is_some_and(|(open_seq, _)| open_seq == request_seq)
    });
    let Some(content) = answered else {
        scene.parts.world.ignored_commit_count = scene.parts.world.ignored_commit_count.saturating_add(1);
        scene.events.push(Event::CommitIgnored { slot: commit_slot });
        return;
    };
    let (player, request_seq) = content.answers();
    scene.parts.players[player.index()].request_frame = 0;
    match content {
        Content::Weapon { weapon, .. } => {
            scene.equip(player.index(), &weapon, false);
            scene.events.push(Event::Forged {
                player,
                request_seq,
                fallback: false,
            });
        }
        Content::PhysicsMod {
            kind, factor, frames, ..
        } => start_modifier(scene, kind, factor, frames),
    }
}

fn fall_back(scene: &mut Scene<'_>, number: usize) {
    let player = &mut scene.parts.players[number];
    let Some((request_seq, hint)) = player.open_request() else {
        return;
    };
    // `request_frame` holds the frame plus 1.
    let waited = (scene.parts.world.frame + 1).saturating_sub(player.request_frame);
    if waited < scene.def.rules.forge_deadline_frames {
        return;
    }
    player.request_frame = 0;
    let id = PlayerId(number as u8);
    let weapon = fallback_weapon(scene.def.seed, id, request_seq, hint);
    scene.equip(number, &weapon, false);
    scene.events.push(Event::Forged {
        player: id,
        request_seq,
        fallback: true,
    });
}

/// Takes a free place, or the one that ends first.
fn start_modifier(scene: &mut Scene<'_>, kind: ModKind, factor: u16, frames: u16) {
    let end_frame = scene.parts.world.frame + u32::from(frames);
    let modifier = Modifier {
        kind: kind as u32,
        factor: u32::from(factor),
        end_frame,
    };
    if let Some(place) = scene
        .parts
        .world
        .modifiers
        .iter_mut()
        .min_by_key(|place| place.end_frame)
    {
        *place = modifier;
    }
    scene.factors = crate::modifier::Factors::of(&scene.parts.world.modifiers, scene.parts.world.frame);
    scene.events.push(Event::ModStarted { kind, factor, frames });
}

fn end_modifiers(scene: &mut Scene<'_>) {
    for modifier in &mut scene.parts.world.modifiers {
        if modifier.end_frame == 0 || modifier.end_frame > scene.parts.world.frame {
            continue;
        }
        if let Some(kind) = ModKind::from_u8(modifier.kind as u8) {
            scene.events.push(Event::ModEnded { kind });
        }
        *modifier = Modifier::default();
    }
}
