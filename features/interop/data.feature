@interop @netns @ikev1
Feature: Data in SAs that were negotiated with the peer

  It needs a peer that carries data: on a kernel without ESP only plutoplus does, in the guest all of them.

  @PP-11 @PP-32 @IKE1-QM-01 @IKE1-QM-02 @IKE1-ALG-08 @IKE1-ALG-09 @IKE1-ALG-10 @positive @must
  Scenario Outline: <what>, <initiator> initiates
    Given two hosts
    And the scenario is about data
    And we and the peer run with "<options>"
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
