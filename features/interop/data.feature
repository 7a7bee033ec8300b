@interop @netns @ikev1
Feature: Data in SAs that were negotiated with the peer

  Quick Mode, life and Main Mode have traffic where the peer carries data: in the guest all of them do. On a kernel without ESP
  plutoplus does, and charon what its own stack can, which is here.

  # Whatever the kernel, charon carries this one: its own stack knows ESP in tunnel mode in UDP.
  @EXT-NATT-11 @EXT-UDPE-01 @EXT-UDPE-05 @positive @must
  Scenario Outline: gateways, ESP in UDP (ours <ours>): <esp>, <initiator> initiates
    Given the topology "gateways"
    And alice negotiates "ike aes128-sha1-modp2048 esp <esp> mode tunnel natt <ours> local 10.1.0.0/24 remote 10.2.0.0/24"
    And bob negotiates "ike aes128-sha1-modp2048 esp <esp> mode tunnel natt force local 10.2.0.0/24 remote 10.1.0.0/24"
    And the scenario is about data
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And the SAs agree with the wire
    And traffic passes in the SAs only between carol and dave

    @initiator
    Examples: we initiate
      | esp           | ours  | initiator |
      | 3des-md5      | force | alice     |
      | aes128-sha1   | force | alice     |
      | aes256-sha256 | force | alice     |
      | null-sha1     | on    | alice     |

    @responder
    Examples: the peer initiates
      | esp           | ours  | initiator |
      | 3des-md5      | force | bob       |
      | aes128-sha1   | on    | bob       |
      | aes256-sha256 | force | bob       |
      | null-sha1     | force | bob       |
