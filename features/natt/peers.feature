@sim @ikev1
Feature: NAT traversal: several peers behind NATs

  Behind one address there may be many, and one may come back from another.

  @EXT-NATT-37 @EXT-NATT-38 @behaviour @must-not
  Scenario: INITIAL-CONTACT of one peer behind a NAT does not end what another has behind it
    Given alice and bob in the simulator
    And a NAT before alice
    And carol behind the NAT of alice
    And alice uses "natt on id @alice.example local 10.3.0.0/24 remote 10.4.0.0/24"
    And carol uses "natt on id @carol.example local 10.5.0.0/24 remote 10.4.0.0/24"
    And bob uses "natt on peerid @alice.example local 10.4.0.0/24 remote 10.3.0.0/24"
    And bob uses "natt on peerid @carol.example local 10.4.0.0/24 remote 10.5.0.0/24" for carol
    And carol lies: qi1-initial-contact
    When alice starts to negotiate
    Then both sides have an SA pair
    When carol starts to negotiate
    Then the lie was told
    And bob took note of INITIAL-CONTACT
    And carol holds 2 SAs
    And bob holds 4 SAs
    And alice holds 2 SAs

  @EXT-NATT-38 @behaviour @should
  Scenario: INITIAL-CONTACT of a peer that comes from somewhere else ends all that it had before
    Given alice and bob in the simulator
    And a NAT before alice
    And alice uses "natt on id @alice.example local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "natt on peer anybody peerid @alice.example local 10.4.0.0/24 remote 10.3.0.0/24"
    And alice lies: qi1-initial-contact
    When alice starts to negotiate
    Then both sides have an SA pair
    When alice starts afresh
    And the NAT before alice moves
    And alice starts to negotiate
    Then alice's last MI1 comes from another address than alice's first MI1
    And bob took note of INITIAL-CONTACT
    And alice holds 2 SAs
    And bob holds 2 SAs

  @EXT-UDPE-17 @behaviour @must
  Scenario Outline: What one peer has from behind its NAT, another does not get: <mode> mode, <where>
    Given alice and bob in the simulator
    And a NAT before alice
    And carol behind <where>
    And alice uses "natt on mode <mode> id @alice.example <clients>"
    And carol uses "natt on mode <mode> id @carol.example <clients>"
    And bob uses "natt on mode <mode> peerid @alice.example <theirs>"
    And bob uses "natt on mode <mode> peerid @carol.example <theirs>" for carol
    When alice starts to negotiate
    Then both sides have an SA pair
    When carol starts to negotiate
    Then bob refused QI1 by the check client-taken
    And bob holds 2 SAs
    And carol holds 0 SAs

    Examples:
      | mode      | where            | clients                                | theirs                                 |
      | tunnel    | a NAT of her own | local 10.3.0.0/24 remote 10.4.0.0/24   | local 10.4.0.0/24 remote 10.3.0.0/24   |
      | tunnel    | the NAT of alice | local 10.3.0.0/24 remote 10.4.0.0/24   | local 10.4.0.0/24 remote 10.3.0.0/24   |
      | transport | the NAT of alice |                                        |                                        |

  @EXT-UDPE-04 @positive @must-not
  Scenario: A hundred negotiations through a NAT, and no SPI that could be taken for something else
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And alice draws the SPIs "00000000 00000001 000000ff" first
    And bob draws the SPIs "00000000 00000001 000000ff" first
    When alice starts to negotiate 100 times
    Then alice has chosen 100 SPIs, none of them reserved
    And bob has chosen 100 SPIs, none of them reserved
    And alice holds 200 SAs

  @EXT-UDPE-10 @behaviour @must-not
  Scenario: Keepalives are no sign of life
    Given alice and bob in the simulator
    And a NAT before bob
    And both use "dpd on natt on mode transport"
    And alice uses "dpd 30s"
    When alice starts to negotiate
    Then both sides have an SA pair
    And bob kept its NAT's mapping alive 0 or 8 times
    When bob falls silent but for keepalives
    And 3m pass
    Then bob kept its NAT's mapping alive 9 or 20 times
    And alice takes its peer for dead
    And alice holds 0 SAs
