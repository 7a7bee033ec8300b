// Package enginetest runs engines on a simulated network: hosts with an SA database in memory, seeded
// randomness, and conversations as text.
//
// A World is made of hosts; what they do is told by World.Watch or read from Host.Events. Arithmetic is
// done at once, SAs are installed at once, and time is that of the network, so a run of hours takes
// milliseconds and is the same for the same seed.
package enginetest
