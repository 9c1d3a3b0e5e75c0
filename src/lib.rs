pub mod address;
pub mod clock;
pub mod diagnostic;
pub mod provider;
pub mod state;
pub mod store;
pub mod value;
