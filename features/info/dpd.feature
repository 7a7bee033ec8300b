@sim @ikev1
Feature: Dead peer detection

  Who has heard nothing of a peer for a while asks it under protection whether it is there (RFC 3706). Here alice asks after
  30 seconds.

  @EXT-DPD-01 @EXT-DPD-03 @EXT-DPD-04 @EXT-DPD-05 @EXT-DPD-06 @EXT-DPD-07 @EXT-DPD-12 @positive @must
  Scenario Outline: Questions are answered, with numbers that rise by one: <phase1>
    Given alice and bob in the simulator
    And both use "dpd on <phase1>"
    And alice uses "dpd 30s"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice's <first> carries "Dead-Peer-Detection"
    And bob's <answer> carries "Dead-Peer-Detection"
    And alice asked 5 or 6 times whether its peer is alive
    And bob answered 5 or 6 times that it is alive
    And alice asked after gaps of 30s, 30s and 30s
    And bob asked 0 or 0 times whether its peer is alive
    And every message is well formed
    And every hash on the wire is right
    And the SAs agree with the wire

    Examples:
      | phase1            | first | answer |
      | natt off          | MI1   | MR1    |
      | phase1 aggressive | AI1   | AR1    |

  @EXT-DPD-03 @EXT-DPD-06 @positive @must
  Scenario: Both ask, and both answer
    Given alice and bob in the simulator
    And both use "dpd 30s"
    When alice starts to negotiate
    Then alice asked 5 or 6 times whether its peer is alive
    And bob answered 5 or 6 times that it is alive
    And bob asked 5 or 6 times whether its peer is alive
    And alice answered 5 or 6 times that it is alive
    And every message is well formed
    And the SAs agree with the wire

  @EXT-DPD-02 @negative @must
  Scenario Outline: <who> does not say that he can: nobody is asked
    Given alice and bob in the simulator
    And <other> uses "dpd 30s"
    When alice starts to negotiate
    And 10m pass
    Then both sides have an SA pair
    And alice asked 0 or 0 times whether its peer is alive
    And bob asked 0 or 0 times whether its peer is alive
    And <who>'s <first> carries no Dead-Peer-Detection

    Examples:
      | who   | other | first |
      | alice | bob   | MI1   |
      | bob   | alice | MR1   |

  @EXT-DPD-16 @behaviour @should
  Scenario: Traffic both ways is proof enough
    Given alice and bob in the simulator
    And both use "dpd on"
    And alice uses "dpd 30s"
    When alice starts to negotiate
    Then alice asked 5 or 6 times whether its peer is alive
    When bob sends in its SAs every 10s for 10m
    Then alice asked 5 or 6 times whether its peer is alive

  @EXT-DPD-17 @behaviour @should
  Scenario: Traffic one way is no proof: who hears nothing asks
    Given alice and bob in the simulator
    And both use "dpd on"
    And alice uses "dpd 30s"
    When alice starts to negotiate
    And alice sends in its SAs every 10s for 3m
    Then alice asked 10 or 12 times whether its peer is alive
    And both sides have an SA pair

  @EXT-DPD-18 @EXT-UDPE-10 @behaviour @should
  Scenario Outline: The peer falls silent, <what>: three questions, then all SAs with it are gone, and its traffic is held back
    Given alice and bob in the simulator
    And both use "dpd on policy yes natt <natt> mode transport"
    And alice uses "dpd 30s"
    And bob uses "<pretends>"
    When alice starts to negotiate
    And bob falls silent but for keepalives
    And 3m pass
    Then alice asked after gaps of 30s, 10s and 20s
    And alice takes its peer for dead
    And alice holds 0 SAs
    And alice still protects what goes to its peer

    Examples:
      | what               | natt | pretends   |
      | whole              | off  | natt off   |
      | but for keepalives | on   | natt force |

  @EXT-DPD-19 @behaviour @must
  Scenario: The third question is answered: the SAs stay, and patience begins anew
    Given alice and bob in the simulator
    And both use "dpd on"
    And alice uses "dpd 30s"
    When alice starts to negotiate
    And bob loses the next 2 of its messages
    And 50s pass
    Then alice asked after gaps of 30s, 10s and 20s
    And alice holds 2 SAs
    When bob loses the next 2 of its messages
    And 50s pass
    Then alice asked after gaps of 30s, 10s and 20s
    And alice holds 2 SAs

  @EXT-DPD-20 @EXT-NATT-14 @behaviour @should
  Scenario: Through a NAT questions and answers go by the ports of traversal
    Given alice and bob in the simulator
    And a NAT before alice
    And both use "dpd 30s natt on mode transport"
    When alice starts to negotiate
    Then both sides have an SA pair
    And alice asked 5 or 6 times whether its peer is alive
    And bob asked 5 or 6 times whether its peer is alive
    And the negotiation moved to port 4500, alice behind its NAT

  @negative
  Scenario Outline: <lie>: no answer, and nothing else
    Given alice and bob in the simulator
    And both use "dpd on"
    And alice uses "dpd 30s"
    And alice lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And bob refused it as the rules ask
    And bob answered 0 or <answers> times that it is alive
    And bob holds 2 SAs

    @EXT-DPD-11 @EXT-DPD-14 @should
    Examples:
      | lie                         | answers |
      | info-question-other-cookies | 0       |
      | info-question-same-number   | 1       |

    @EXT-DPD-15 @must
    Examples:
      | lie                      | answers |
      | info-question-3-octets   | 0       |
      | info-question-wrong-hash | 0       |

  @negative
  Scenario Outline: <lie>: it does not count, and the liar is taken for dead
    Given alice and bob in the simulator
    And both use "dpd on"
    And alice uses "dpd 30s"
    And bob lies: <lie>
    When alice starts to negotiate
    Then the lie was told
    And alice refused it as the rules ask
    And alice takes its peer for dead
    And alice holds 0 SAs

    @EXT-DPD-10 @EXT-DPD-11 @should
    Examples:
      | lie                       |
      | info-answer-other-number  |
      | info-answer-other-cookies |

    @EXT-DPD-15 @must
    Examples:
      | lie                  |
      | info-answer-8-octets |
