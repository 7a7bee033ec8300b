// Package plutoplus is the program of that name without its process: options, what they mean
// as connections, the three run modes, and what is printed. cmd/plutoplus puts a process around
// it; the harness runs it inside its own.
//
// plutoplus negotiates IPsec SAs with IKE version 1 (RFC 2407, 2408, 2409), authenticated by
// pre-shared secrets. Its command line is its policy. In WIT mode it makes exactly one
// negotiation and says how it went.
package plutoplus
