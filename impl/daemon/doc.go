// Package daemon is the loop that owns one engine and gives it a world: datagrams, deadlines and
// the SA database go in, sends, SAs and slow arithmetic come out.
//
// One goroutine steps the engine, so nothing in the engine is locked. Slow arithmetic runs on a few
// helper goroutines. plutoplus and pluto are programs around this loop, and the harness runs
// two of them in one process, each with sockets and a driver of its own namespace.
package daemon
