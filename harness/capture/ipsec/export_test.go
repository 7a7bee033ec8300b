package ipsec

// What the tests outside of the package use of those inside.
var (
	Seal     = seal
	Fill     = fill
	EveryESP = everyESP
)
