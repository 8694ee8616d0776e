using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Audit;
using Buttonize.Api.Aws;
using Buttonize.Api.ConsolePage;
using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;
using Buttonize.Api.Operator;
using Buttonize.Api.Organizations;
using Buttonize.Api.Sessions;
using Buttonize.Api.Storage;
using Buttonize.Api.Trust;

return OperatorProgram.IsMeantBy(args)
    ? await OperatorProgram.RunAsync(args, Build)
    : await Startup.RunAsync(() => Build(args));

static WebApplication Build(string[] args)
{
    var builder = WebApplication.CreateBuilder([.. args, Startup.ReadOnce]);

    builder.AddLogging().AddButtonizeOptions().AddFrontDoor().AddProblems().AddAllowedOrigins();
    builder.AddOperations().AddStorage().AddLimits().AddAws().AddAccess();
    builder.AddOrganizations().AddApps().AddTrust().AddAudit().AddSessions().AddConsolePage();

    var app = builder.Build();

    app.UseFrontDoor().UseRequestLog().UseOperationsPort().UseConsolePage().UseProblems();
    app.UseRouting();
    app.UseMiddleware<CredentialsCounter>();
    app.UseCors();
    app.UseAuthentication().UseAuthorization();

    app.MapOperations();
    app.MapOrganizations().MapGroups().MapMembers().MapInvitations().MapApiKeys();
    app.MapDeployments().MapApps().MapSessions().MapIssuances().MapConsolePage();

    return app;
}
