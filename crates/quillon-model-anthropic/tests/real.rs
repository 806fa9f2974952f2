//! In front of a real server that speaks Messages.

quillon_mock::real_server!(crate::support::Adapter, "anthropic-compatible");
