//! What random schemas have found, each as the smallest schema that showed it.
