// Package world is what one scenario knows: where it runs, who takes part, what was said, and what
// it leaves behind. A world lives as long as its scenario; Close takes everything down and
// says what was left.
package world
