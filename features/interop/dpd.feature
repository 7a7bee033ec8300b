@interop @netns @ikev1
Feature: Dead peer detection with the peer

  We are at alice, the peer that --peer names is at bob. Who asks does so after a second without a sign of life.

  @initiator @EXT-DPD-01 @EXT-DPD-12 @EXT-DPD-13 @positive @must
  Scenario Outline: We ask, and the peer answers: <phase1>
    Given two hosts
    And alice negotiates "dpd 1s ike 3des-sha1-modp1536 esp 3des-sha1 <phase1>"
    And bob negotiates "dpd on ike 3des-sha1-modp1536 esp 3des-sha1 <phase1>"
    When alice initiates
    Then alice asked 2 or 9 times whether its peer is alive
    And bob answered 2 or 9 times that it is alive
    And every message is well formed
    And every hash on the wire is right
    And the SAs agree with the wire

    Examples:
      | phase1            |
      | natt off          |
      | phase1 aggressive |

  @responder @EXT-DPD-03 @EXT-DPD-04 @EXT-DPD-05 @EXT-DPD-06 @EXT-DPD-07 @positive @must
  Scenario: The peer asks, and we answer
    Given two hosts
    And alice negotiates "dpd on ike 3des-sha1-modp1536 esp 3des-sha1"
    And bob negotiates "dpd 1s ike 3des-sha1-modp1536 esp 3des-sha1"
    When bob initiates
    Then bob asked 2 or 9 times whether its peer is alive
    And alice answered 2 or 9 times that it is alive
    And every message is well formed
    And every hash on the wire is right
    And the SAs agree with the wire
