// Package deviation is the catalogue of deliberate rule-breaking: what a peer of ours may do wrong, message by
// message, so that we see what the other side makes of it.
//
// A deviation is a row that acts at a seam of the engine: before anything is hashed, so that the lie is
// authenticated; after that; or on the octets as they are sent. The engine never knows that it lies. Each row
// names the requirement that it breaks, and what an implementation that keeps to the rules does.
//
// There is a file per exchange: main.go, quick.go, info.go.
package deviation
