// Package conn says what is to be negotiated: who with, under which names, with which
// proposals offered and which accepted, for which traffic, for how long.
//
// A Connection is plain data. The engine reads it, and nothing else decides policy: the
// command line of plutoplus, the connection database of pluto and a scenario of the harness
// all end in the same Connection.
package conn
