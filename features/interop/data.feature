@interop @netns @ikev1
Feature: Data in SAs that were negotiated with the peer

  It needs a peer that carries data: in the guest all of them do. On a kernel without ESP plutoplus does, and charon what its own
  stack can.

  @PP-11 @PP-32 @IKE1-QM-01 @IKE1-QM-02 @IKE1-ALG-08 @IKE1-ALG-09 @IKE1-ALG-10 @positive @must
  Scenario Outline: <what>, <initiator> initiates
    Given two hosts
    And we and the peer run with "<options>"
    And the scenario is about data
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And the SAs agree with the wire
    And traffic passes in the SAs only

    @initiator
    Examples: we initiate
      | what                               | options                         | initiator |
      | ESP 3DES and HMAC_SHA, transport   | -3 -s --group 5 -e 3 -a 3       | alice     |
      | ESP 3DES and HMAC_MD5, tunnel, PFS | -3 -s --group 5 -e 3 -a 2 -t -f | alice     |
      | ESP NULL and HMAC_SHA, tunnel      | -3 -s --group 5 -e 11 -a 3 -t   | alice     |
      | AH HMAC_SHA, transport             | -3 -s --group 5 -a 3            | alice     |
      | AH HMAC_MD5, tunnel                | -3 -s --group 5 -a 2 -t         | alice     |

    @responder
    Examples: the peer initiates
      | what                               | options                         | initiator |
      | ESP 3DES and HMAC_SHA, transport   | -3 -s --group 5 -e 3 -a 3       | bob       |
      | ESP 3DES and HMAC_MD5, tunnel, PFS | -3 -s --group 5 -e 3 -a 2 -t -f | bob       |
      | ESP NULL and HMAC_SHA, tunnel      | -3 -s --group 5 -e 11 -a 3 -t   | bob       |
      | AH HMAC_SHA, transport             | -3 -s --group 5 -a 3            | bob       |
      | AH HMAC_MD5, tunnel                | -3 -s --group 5 -a 2 -t         | bob       |

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
