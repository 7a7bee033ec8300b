// Package tidy holds the project to its own architecture: who may import whom, which packages are
// pure, how large a file may grow, where a module from outside may be used, and that every
// package says what it is for. It has no code of its own, only tests; they parse the source
// themselves, so a cached result is never stale.
package tidy
