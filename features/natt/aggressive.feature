@ikev1
Feature: NAT traversal in Aggressive Mode

  The ends are told in AR1 and AI2, and AI2 is the first message that leaves from port 4500.

  @sim @EXT-NATT-06 @EXT-NATT-07 @EXT-NATT-13 @EXT-NATT-15 @EXT-NATT-22 @positive @must
  Scenario Outline: A NAT before <where>
    Given alice and bob in the simulator
    And a NAT before <where>
    And both use "phase1 aggressive natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice's AI1 carries "RFC-3947-NAT-T"
    And alice's AI1 carries no NAT-D
    And bob's AR1 carries "RFC-3947-NAT-T NAT-D NAT-D"
    And alice's AI2 carries "NAT-D NAT-D"
    And alice told the ends that it sees
    And bob told the ends that it sees
    And alice's AI1 has port 0 in its identity
    And bob's AR1 has port 0 in its identity
    And bob's first AR1 goes to where alice's first AI1 came from
    And alice's first AI2 goes from port <port> to port 4500
    And bob's first QR1 goes to where alice's first AI2 came from
    And alice offers UDP-Encapsulated-Transport mode

    Examples:
      | where | port  |
      | alice | 40001 |
      | bob   | 4500  |

  @sim @EXT-NATT-16 @IKE1-AM-09 @negative @must
  Scenario: Who does not prove to be the peer is not followed to another port
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "phase1 aggressive natt on mode transport"
    And alice lies: ai2-wrong-hash
    When alice starts to negotiate 1 time
    Then the lie was told
    And alice's last AI2 comes from another port than alice's first AI1
    And bob has alice where alice's first AI1 came from

  @sim @EXT-NATT-18 @positive @must
  Scenario: It begins at port 4500 and stays there, from behind a NAT
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "phase1 aggressive natt on mode transport"
    And alice uses "port 4500"
    When alice starts to negotiate
    Then both sides have an SA pair
    And bob's first AR1 goes to where alice's first AI1 came from
    And bob's last QR1 goes to where alice's first AI1 came from

  @sim @EXT-NATT-20 @negative @should
  Scenario: What came before the change of ports does not come again on the old one
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "phase1 aggressive natt on mode transport"
    When alice starts to negotiate 1 time
    Then both sides have an SA pair
    When alice's AI1 comes again from port 500 to port 500
    And alice's AI2 comes again from port 500 to port 500
    Then the copies crossed the wire
    And bob answers none of it
    When bob starts to negotiate
    Then bob's last QI1 goes to where alice's last QI2 came from
    And alice holds 4 SAs

  @netns @EXT-NATT-06 @EXT-NATT-13 @EXT-UDPE-01 @positive @must
  Scenario Outline: Data through a NAT of nftables: topology <topology>
    Given the topology "<topology>"
    And alice negotiates "phase1 aggressive natt on mode transport"
    And bob negotiates "phase1 aggressive natt on mode transport"
    When alice initiates
    Then alice succeeds
    And bob succeeds
    And the messages on the wire are "AI1 AR1 AI2 QI1 QR1 QI2"
    And the negotiation moved to port 4500<hidden>
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob
    And alice talks to bob over TCP

    Examples:
      | topology | hidden                 |
      | nat      | , alice behind its NAT |
      | nat-bob  |                        |
