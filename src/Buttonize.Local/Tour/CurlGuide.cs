using Buttonize.Local.OpenId;
using Buttonize.Local.Stack;

namespace Buttonize.Local.Tour;

/// <summary>The tour's steps as commands to copy.</summary>
internal static class CurlGuide
{
    public static string For(LocalEnvironment environment, TourResult result)
    {
        var api = environment.ControlPlane.GetLeftPart(UriPartial.Authority);
        var aws = environment.LocalAws.GetLeftPart(UriPartial.Authority);
        var credentials = $"{api}/{DemoTour.CredentialsPath(result)}";
        var ada = DemoPerson.Ada;
        return $$"""

            Everything keeps running until Ctrl-C. Press the button in a browser: {{api}}/ (user ada, password ada).
            To repeat the steps by hand:

              # A token of ada's, good for an hour
              TOKEN=$(curl -s {{environment.OpenId}}{{OpenIdProvider.TokenPath}} -d grant_type=password -d client_id={{OpenIdProvider.ClientId}} \
                -d username={{ada.UserName}} -d password={{ada.Password}} | sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p')

              # Who am I
              curl -s {{api}}/v1/me -H "Authorization: Bearer $TOKEN" -w "\n"

              # A session of the app's role
              curl -s -X POST {{credentials}} -H "Authorization: Bearer $TOKEN" -w "\n"

              # The same as a credential_process document, and as a container credential document
              curl -s {{credentials}}/process -H "Authorization: Bearer $TOKEN" -w "\n"
              curl -s {{credentials}}/container -H "Authorization: Bearer $TOKEN" -w "\n"

              # The AWS CLI fetches the session by itself and calls the function
              AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null \
              AWS_CONTAINER_CREDENTIALS_FULL_URI={{credentials}}/container \
              AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer $TOKEN" \
                aws lambda invoke --endpoint-url {{aws}} --region {{LocalEnvironment.Region}} --function-name {{CustomerAccount.Discounts}} \
                --payload fileb:///dev/stdin /dev/stdout <<< '{"campaign":"spring"}'

              # What the customer sees in CloudTrail
              curl -s '{{aws}}/_local/cloudtrail?eventName=AssumeRole&accountId={{CustomerAccount.AccountId}}'

            API reference: {{api}}/docs
            """;
    }
}
