//! The suite that every adapter passes, over every kind of server.

quillon_mock::suite!(crate::support::Adapter);
