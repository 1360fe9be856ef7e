//! The rows of api-machines 4.7.
