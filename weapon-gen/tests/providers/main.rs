//! Owns the promises about providers: for each of them what it is asked, and what becomes of every kind of answer.
//! The servers are local; waiting times of the machine decide nothing.

#![cfg(feature = "providers")]

mod brand;
mod painting;
mod second_opinion;
mod talking;
mod wire;
