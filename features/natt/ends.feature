@sim @ikev1
Feature: NAT traversal: where messages go to, and whom the peers follow

  Behind a NAT alice may turn up at another end at any time. Bob follows what has proved to be hers, and nothing else.

  @EXT-NATT-17 @EXT-NATT-15 @EXT-NATT-22 @positive @must
  Scenario: Bob answers from where he was asked to where it came from, and the identities bind no port
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    And bob's first MR1 goes to where alice's first MI1 came from
    And bob's first MR3 goes to where alice's first MI3 came from
    And alice's first MI3 comes from another port than alice's first MI1
    And bob's first QR1 goes to where alice's first QI1 came from
    And alice's MI3 has port 0 in its identity
    And bob's MR3 has port 0 in its identity

  @EXT-NATT-16 @negative @must
  Scenario: Who does not prove to be the peer is not followed to another port
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And alice uses "secret another"
    When alice starts to negotiate 1 time
    Then alice's last MI3 comes from another port than alice's first MI1
    And bob has alice where alice's first MI1 came from
    When 3m pass
    Then no SA is left

  @EXT-NATT-18 @positive @must
  Scenario: Phase 1 that begins at port 4500 stays there
    Given alice and bob in the simulator
    And both use "natt on mode transport"
    And alice uses "port 4500"
    When alice starts to negotiate
    Then both sides have an SA pair
    And bob's first MR1 goes to where alice's first MI1 came from
    And all messages travel from UDP port 4500 to UDP port 4500
    And the SAs agree with the wire

  @EXT-NATT-18 @positive @must
  Scenario: Phase 1 that begins at port 4500 stays there, from behind a NAT
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And alice uses "port 4500"
    When alice starts to negotiate
    Then both sides have an SA pair
    And bob's first MR1 goes to where alice's first MI1 came from
    And bob's last QR1 goes to where alice's first MI1 came from
    And alice offers UDP-Encapsulated-Transport mode

  @EXT-NATT-19 @EXT-NATT-14 @behaviour @must
  Scenario: What bob begins goes to where alice was last
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    When alice starts to negotiate
    And bob starts to negotiate
    And bob starts phase 1 anew
    Then bob's first QI1 goes to where alice's last QI2 came from
    And bob's last MI1 goes to where alice's last QI2 came from
    And bob's last MI3 goes to where alice's last QI2 came from
    When bob ends everything
    Then bob deletes its SAs under protection
    And bob's last INFO goes to where alice's last QI2 came from

  @EXT-NATT-14 @behaviour @must
  Scenario: What alice begins stays at port 4500 too
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport ikelife 600"
    When alice starts to negotiate
    And alice starts phase 1 anew
    Then alice's last MI1 goes from port 40001 to port 4500
    And alice's last MI3 goes from port 40001 to port 4500
    When 10m pass
    And alice starts to negotiate
    Then alice's last INFO goes from port 40001 to port 4500
    And alice's last MI1 goes from port 40001 to port 4500
    And alice's last QI1 goes from port 40001 to port 4500
    And bob followed its peer 0 times

  @EXT-NATT-19 @behaviour @must
  Scenario: When phase 1 has come to its end, bob begins another at the ports of the first
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport ikelife 600"
    When alice starts to negotiate
    And 10m pass
    And bob starts to negotiate
    Then bob's last MI1 goes to where alice's last QI2 came from
    And bob's last QI1 goes to where alice's last QI2 came from

  @EXT-NATT-20 @negative @should
  Scenario: What came before the change of ports does not come again on the old one
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    When alice starts to negotiate 1 time
    Then both sides have an SA pair
    When alice's MI1 comes again from port 500 to port 500
    And alice's MI2 comes again from port 500 to port 500
    And alice's MI3 comes again from port 500 to port 500
    And alice's QI1 comes again from port 500 to port 500
    Then the copies crossed the wire
    And bob answers none of it
    And bob sent MR1 1 time
    And bob sent MR2 1 time
    And bob sent MR3 1 time
    And bob sent QR1 1 time
    When bob starts to negotiate
    Then bob's last QI1 goes to where alice's last QI2 came from
    And alice holds 4 SAs

  @EXT-NATT-21 @behaviour @must
  Scenario: A new negotiation begins at port 500, and the old one is not in its way
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    When alice starts afresh
    And alice starts to negotiate
    Then bob's last MR1 goes to where alice's last MI1 came from
    And bob's last MR1 goes to where alice's first MI1 came from
    And the negotiation moved to port 4500, alice behind its NAT
    And alice holds 2 SAs

  @EXT-NATT-39 @behaviour @should
  Scenario: The NAT before alice forgets: bob follows to the other port
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    When alice starts to negotiate
    And the NAT before alice forgets
    And alice starts to negotiate
    Then alice's last QI1 comes from another port than alice's first QI1
    And bob followed its peer 1 time
    And bob's last QR1 goes to where alice's last QI1 came from
    When bob starts to negotiate
    Then bob's last QI1 goes to where alice's last QI1 came from
    And bob holds 6 SAs

  @EXT-NATT-39 @behaviour @should
  Scenario: The NAT before alice has another address: bob follows, and makes SAs for it
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on"
    And alice uses "local 10.3.0.0/24 remote 10.4.0.0/24"
    And bob uses "local 10.4.0.0/24 remote 10.3.0.0/24"
    When alice starts to negotiate
    And the NAT before alice moves
    And alice starts to negotiate
    Then alice's last QI1 comes from another address than alice's first QI1
    And bob's last QR1 goes to where alice's last QI1 came from
    And bob's first QI1 goes to where alice's last QI1 came from
    When bob starts to negotiate
    Then bob's last QI1 goes to where alice's last QI1 came from

  @EXT-NATT-40 @negative @must-not
  Scenario Outline: Behind its NAT alice stays with the end of bob that it knows: a message <does>
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    And the link from bob to alice <does> "QI1"
    When alice starts to negotiate
    And bob starts to negotiate
    Then bob's first QI1 comes from another <what> than bob's first MR3
    And alice followed its peer 0 times
    And alice sends nothing to where bob's first QI1 came from
    And alice's last QR1 goes from port <port> to port 4500
    And alice holds 4 SAs

    Examples:
      | does       | what    | port  |
      | shifts     | port    | 40001 |
      | readdresses | address | 40001 |

  @EXT-NATT-41 @negative @must
  Scenario: What is not proved to be alice's moves nothing: a replay, a forgery, a keepalive
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    When a keepalive of alice comes from port 7001 to port 4500
    And alice's QI1 comes again from port 7002 to port 4500
    And alice's QI1 comes altered from port 7003 to port 4500
    And alice's MI3 comes again from port 7004 to port 4500
    Then the copies crossed the wire
    When bob starts to negotiate
    Then bob followed its peer 0 times
    And bob sends nothing to where any of it came from
    And bob's last QI1 goes to where alice's last QI2 came from
    And bob holds 4 SAs
